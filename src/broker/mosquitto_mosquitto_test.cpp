// The Mosquitto that `tilth up` starts: with its plugin, killed and started again.
#include "broker/mosquitto.h"

#include "broker/plugin.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

namespace tilth::broker {
namespace {

using testing::HasSubstr;

uint16_t FreePort() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(fd, any, size), 0);
    EXPECT_EQ(getsockname(fd, any, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

std::string Shell(const std::string& command) {
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer{};
    while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
        output.append(buffer.data(), size);
    pclose(pipe);
    return output;
}

class OwnMosquittoTest : public testing::Test {
  protected:
    OwnMosquittoTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "tilth-broker-XXXXXX").string();
        options_.folder = mkdtemp(name.data());
        options_.mqtt_port = FreePort();
        options_.websocket_port = FreePort();
    }
    ~OwnMosquittoTest() override { std::filesystem::remove_all(options_.folder); }

    std::string WhyNot() {
        const auto started = Mosquitto::Start(options_);
        return started ? "it started" : started.error().message;
    }

    MosquittoOptions options_;
};

TEST_F(OwnMosquittoTest, WhatAKilledBrokerAcknowledgedComesFromTheNextOne) {
    const auto started = Mosquitto::Start(options_);
    ASSERT_TRUE(started) << started.error().message;
    const std::string session =
        fmt::format("mosquitto_sub -V mqttv5 -p {} -i s -c -x 1000 -q 1 -t a ", options_.mqtt_port);
    Shell(session + "-E");
    Shell(fmt::format("mosquitto_pub -p {} -q 1 -t a -m kept", options_.mqtt_port));
    kill((*started)->pid(), SIGKILL);
    std::string received;
    for (int i = 0; i < 100 && received.find("kept") == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        received = Shell(session + "-C 1 -W 5 -F '%p %P'");
    }
    EXPECT_THAT(received, HasSubstr("kept tilth-id:"));
    EXPECT_GE((*started)->restarts(), 1);
}

TEST_F(OwnMosquittoTest, AStopAndAStartKeepTheQueueAndEmptyTheJournal) {
    const std::string session =
        fmt::format("mosquitto_sub -V mqttv5 -p {} -i s -c -x 1000 -q 1 -t a ", options_.mqtt_port);
    {
        const auto started = Mosquitto::Start(options_);
        ASSERT_TRUE(started) << started.error().message;
        Shell(session + "-E");
        Shell(fmt::format("mosquitto_pub -p {} -q 1 -t a -m kept", options_.mqtt_port));
    }
    for (const auto& entry : std::filesystem::directory_iterator(options_.folder / "journal"))
        EXPECT_NE(entry.path().extension(), ".journal");
    const auto again = Mosquitto::Start(options_);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(Shell(session + "-C 1 -W 20"), "kept\n");
}

TEST_F(OwnMosquittoTest, AJournalThatCannotBeOpenedIsTheReasonItGives) {
    std::ofstream(options_.folder / "journal") << "a file";
    EXPECT_THAT(WhyNot(), HasSubstr("journal cannot be opened: Not a directory; make it"));
}

TEST_F(OwnMosquittoTest, APluginThatCannotBeLoadedIsNamed) {
    options_.plugin = options_.folder / "none.so";
    EXPECT_THAT(WhyNot(), HasSubstr("none.so"));
}

TEST_F(OwnMosquittoTest, ItRunsWithoutThePluginToo) {
    options_.has_plugin = false;
    EXPECT_EQ(WhyNot(), "it started");
}

TEST_F(OwnMosquittoTest, EverySyncStarts) {
    for (const char* sync : kSyncNames) {
        options_.sync = sync;
        EXPECT_EQ(WhyNot(), "it started") << sync;
    }
}

}  // namespace
}  // namespace tilth::broker
