// For tests: the plugin in a real Mosquitto, with Mosquitto's own clients on both sides.
#pragma once

#include "support/mosquitto.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <thread>

namespace tilth {

using test::Mosquitto;
using test::MosquittoOptions;

struct Output {
    int status = 0;
    std::string text;

    std::vector<std::string> Lines() const {
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
};

inline Output Shell(const std::string& command) {
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return {-1, "popen"};
    Output output;
    std::array<char, 4096> buffer{};
    while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
        output.text.append(buffer.data(), size);
    const int status = pclose(pipe);
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
}

class PluginTest : public testing::Test {
  protected:
    /// Lines of mosquitto.conf; {dir} is the broker's folder.
    void StartBroker(std::vector<std::string> lines = {}) {
        std::vector<std::string> config{
            "plugin " TILTH_PLUGIN,
            "plugin_opt_journal {dir}/journal",
            "plugin_opt_database {dir}/mosquitto.db",
            "plugin_opt_segment 64K",
            "plugin_opt_limit 1M",
            "plugin_opt_access open"};
        config.insert(config.end(), lines.begin(), lines.end());
        Preload();
        broker_.emplace(MosquittoOptions{config, false});
        unsetenv("LD_PRELOAD");
    }
    /// Mosquitto is built without sanitizers; a plugin built with one needs its library first.
    static void Preload() {
        if (*TILTH_SANITIZER_LIBRARY == '\0') return;
        setenv("LD_PRELOAD", TILTH_SANITIZER_LIBRARY, 1);
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    }
    void Restart() {
        Preload();
        broker_->Start();
        unsetenv("LD_PRELOAD");
    }
    void KillAndRestart() {
        broker_->Kill();
        Restart();
    }
    void TearDown() override {
        if (broker_) {
            broker_->Stop();
            EXPECT_THAT(
                ReadFile(broker_->dir() / "output.log"),
                testing::Not(testing::HasSubstr("Sanitizer"))
            );
        }
    }

    static std::string ReadFile(const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        return (std::ostringstream{} << in.rdbuf()).str();
    }

    Output Publish(const std::string& arguments) {
        return Shell(fmt::format("mosquitto_pub -p {} {}", broker_->port(), arguments));
    }
    /// Again and again while the broker refuses it, for a minute at the most.
    Output PublishUntilTaken(const std::string& arguments) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        while (true) {
            Output sent = Publish(arguments);
            if (sent.text.empty() || std::chrono::steady_clock::now() > end) return sent;
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }
    /// Makes the kept session of a client with one subscription.
    void MakeSession(const std::string& client, const std::string& filter) {
        const Output made = Shell(fmt::format(
            "mosquitto_sub -V mqttv5 -p {} -i {} -c -x 100000 -q 2 -t '{}' -E",
            broker_->port(),
            client,
            filter
        ));
        ASSERT_EQ(made.status, 0) << made.text;
    }
    /// What comes to that client: lines of `format` (%p payload, %P user properties, ...), `count`
    /// of them, and what else comes within a second after.
    std::vector<std::string> Receive(
        const std::string& client,
        const std::string& filter,
        const std::string& format = "%p",
        const std::string& more = ""
    ) {
        return Shell(
                   fmt::format(
                       "mosquitto_sub -V mqttv5 -p {} -i {} -c -x 100000 -q 2 -t '{}' -F '{}' -W 2 "
                       "{}",
                       broker_->port(),
                       client,
                       filter,
                       format,
                       more
                   )
        )
            .Lines();
    }
    std::vector<std::string> WithoutTimeout(std::vector<std::string> lines) {
        std::erase(lines, "Timed out");
        return lines;
    }
    /// Values of the id in lines of user properties.
    static std::vector<std::string> Ids(const std::vector<std::string>& lines) {
        static const std::regex kId("tilth-id:([0-9a-f@-]+)");
        std::vector<std::string> ids;
        for (const std::string& line : lines) {
            for (std::sregex_iterator it(line.begin(), line.end(), kId), end; it != end; ++it)
                ids.push_back((*it)[1]);
        }
        return ids;
    }
    size_t CountFiles(const std::string& suffix) {
        size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(broker_->dir() / "journal"))
            count += entry.path().extension() == suffix ? 1 : 0;
        return count;
    }

    std::optional<Mosquitto> broker_;
};

}  // namespace tilth
