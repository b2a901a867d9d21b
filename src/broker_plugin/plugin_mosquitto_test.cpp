// The plugin in a real Mosquitto, with Mosquitto's own clients on both sides.
#include "support/mosquitto.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

namespace tilth {
namespace {

using test::Mosquitto;
using test::MosquittoOptions;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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

Output Shell(const std::string& command) {
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
            EXPECT_THAT(ReadFile(broker_->dir() / "output.log"), Not(HasSubstr("Sanitizer")));
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

class IdentityTest : public PluginTest,
                     public testing::WithParamInterface<std::tuple<const char*, int>> {};

TEST_P(IdentityTest, AMessageGetsAnIdAndATime) {
    const auto [version, qos] = GetParam();
    StartBroker();
    MakeSession("s", "other");
    const Output sent = Shell(fmt::format(
        "(sleep 0.5; mosquitto_pub -V {1} -q {2} -p {0} -t a/b -m hello) & "
        "mosquitto_sub -V mqttv5 -q 2 -p {0} -t 'a/#' -C 1 -W 20 -F '%p %P'",
        broker_->port(),
        version,
        qos
    ));
    EXPECT_THAT(
        sent.text,
        testing::MatchesRegex("hello tilth-id:[0-9a-f]{16}-[0-9a-f]{10}-[0-9a-f]{8}@[0-9]{16}\n")
    );
}

INSTANTIATE_TEST_SUITE_P(
    VersionsAndQos,
    IdentityTest,
    testing::Combine(testing::Values("mqttv311", "mqttv5"), testing::Values(0, 1, 2))
);

TEST_F(PluginTest, IdsThatAPublisherSetsAreRemovedAndNothingElse) {
    StartBroker();
    MakeSession("s", "a");
    Publish(
        "-V mqttv5 -q 1 -t a -m x -D publish user-property tilth-id forged "
        "-D publish user-property one 1 -D publish user-property tilth-arrival 5 "
        "-D publish user-property tilth-id again -D publish user-property two 2 "
        "-D publish content-type text/plain"
    );
    const auto lines = Receive("s", "a", "%P %C", "-C 1");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(
        lines[0], testing::MatchesRegex("one:1 two:2 tilth-id:[0-9a-f-]{36}@[0-9]{16} text/plain")
    );
}

TEST_F(PluginTest, WhatWasAcknowledgedSurvivesAKillWithItsIdAndProperties) {
    StartBroker();
    MakeSession("plain", "a/#");
    MakeSession("member", "$share/group/a/#");
    Publish(
        "-V mqttv5 -q 1 -t a/1 -m one -D publish user-property key value "
        "-D publish content-type text/plain -D publish response-topic back "
        "-D publish correlation-data 123 -D publish payload-format-indicator 1"
    );
    Publish("-q 2 -t a/2 -m two");
    Publish("-q 0 -t a/3 -m three");
    KillAndRestart();
    const auto plain = WithoutTimeout(Receive("plain", "a/#", "%t %p %C %R %D %F %P"));
    ASSERT_EQ(plain.size(), 2u) << broker_->Log();
    EXPECT_THAT(plain[0], HasSubstr("a/1 one text/plain back 123 1 key:value tilth-id:"));
    EXPECT_THAT(plain[1], HasSubstr("a/2 two"));
    const auto member = WithoutTimeout(Receive("member", "$share/group/a/#", "%P"));
    EXPECT_EQ(Ids(member), Ids(plain));
}

TEST_F(PluginTest, ASharedSubscriptionGetsWhatCameWhileItWasAway) {
    StartBroker();
    MakeSession("member", "$share/group/a");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m 1");
    KillAndRestart();
    Publish("-q 1 -t a -m 2");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m 3");
    EXPECT_THAT(WithoutTimeout(Receive("member", "$share/group/a")), ElementsAre("1", "2", "3"));
    Publish("-q 1 -t a -m 4");
    EXPECT_THAT(WithoutTimeout(Receive("member", "$share/group/a")), ElementsAre("4"));
}

TEST_F(PluginTest, AnyMemberOfAGroupTakesWhatTheGroupIsOwed) {
    StartBroker();
    MakeSession("one", "$share/group/a");
    MakeSession("two", "$share/group/a");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m x");
    EXPECT_THAT(WithoutTimeout(Receive("two", "$share/group/a")), ElementsAre("x"));
    EXPECT_THAT(WithoutTimeout(Receive("one", "$share/group/a")), ElementsAre());
}

TEST_F(PluginTest, WhoUnsubscribedOrBeganAnewIsOwedNothing) {
    StartBroker();
    MakeSession("leaver", "$share/group/a");
    Shell(fmt::format(
        "mosquitto_sub -V mqttv5 -p {} -i leaver -c -x 100000 -t b -U '$share/group/a' -E",
        broker_->port()
    ));
    MakeSession("anew", "$share/other/a");
    Shell(fmt::format("mosquitto_sub -V mqttv5 -p {} -i anew -t b -E", broker_->port()));
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m x");
    EXPECT_THAT(WithoutTimeout(Receive("leaver", "$share/group/a")), ElementsAre());
    EXPECT_THAT(WithoutTimeout(Receive("anew", "$share/other/a")), ElementsAre());
}

TEST_F(PluginTest, IntervalLosesNothingWhenTheBrokerIsKilled) {
    StartBroker({"plugin_opt_sync interval", "plugin_opt_interval 1000"});
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre("x"));
}

TEST_F(PluginTest, ADiskThatFailsUnderMappedMemoryDoesNotEndTheBroker) {
    StartBroker({"plugin_opt_sync interval", "plugin_opt_interval 1000"});
    MakeSession("s", "a");
    // What a store to such a page brings is the signal that a broken disk brings.
    for (const auto& entry : std::filesystem::directory_iterator(broker_->dir() / "journal")) {
        if (entry.path().extension() == ".journal") std::filesystem::resize_file(entry, 4096);
    }
    EXPECT_EQ(Publish("-q 1 -t a -m one").text, "");
    EXPECT_EQ(Publish("-q 1 -t a -m two").text, "");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre("one", "two"));
}

TEST_F(PluginTest, RetainedMessagesOfAnyQosAreJournalled) {
    StartBroker({"autosave_interval 100000"});
    Publish("-q 0 -r -t a/zero -m 0");
    Publish("-q 1 -r -t a/one -m old");
    Publish("-q 1 -r -t a/one -m new");
    KillAndRestart();
    EXPECT_THAT(
        WithoutTimeout(Receive("s", "a/#", "%t %p %r")),
        testing::UnorderedElementsAre("a/zero 0 1", "a/one new 1")
    );
}

TEST_F(PluginTest, RetainedMessagesCanBeLeftOut) {
    StartBroker({"autosave_interval 100000", "plugin_opt_retained false"});
    Publish("-q 1 -r -t a -m x");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre());
}

TEST_F(PluginTest, OnlyChosenTopicsAreJournalledAndAllGetIds) {
    StartBroker({"plugin_opt_topic kept/#", "autosave_interval 100000"});
    MakeSession("s", "#");
    broker_->Save();
    Publish("-q 1 -t kept/a -m 1");
    Publish("-q 1 -t left -m 2");
    const auto lines = WithoutTimeout(Receive("s", "#", "%P"));
    EXPECT_EQ(Ids(lines).size(), 2u);
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "#", "%t")), ElementsAre("kept/a"));
}

TEST_F(PluginTest, ACleanStopEmptiesTheJournal) {
    StartBroker();
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x");
    broker_->Stop();
    EXPECT_EQ(CountFiles(".journal"), 0u);
    Restart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre("x"));
}

TEST_F(PluginTest, SegmentsGoWhenTheBrokerHasSavedWhatTheyHold) {
    StartBroker();
    MakeSession("s", "a");
    // Twice the limit, which is more than the broker saves at once.
    const Output sent = Shell(fmt::format(
        "for i in 1 2 3 4 5; do for j in 1 2 3 4 5 6 7 8 9 10; do head -c 40000 /dev/zero | "
        "mosquitto_pub -V mqttv5 -p {} -q 1 -t a -s || exit 1; done; sleep 2.2; done",
        broker_->port()
    ));
    EXPECT_EQ(sent.status, 0) << sent.text;
    EXPECT_EQ(sent.text, "");
    EXPECT_EQ(WithoutTimeout(Receive("s", "a", "%l")).size(), 50u);
}

TEST_F(PluginTest, AtTheLimitMessagesAreRefusedAndAfterASaveTakenAgain) {
    StartBroker({"autosave_interval 100000", "plugin_opt_status 1"});
    MakeSession("s", "a");
    broker_->Save();
    const std::string fill = fmt::format(
        "for i in $(seq 30); do head -c 50000 /dev/zero | mosquitto_pub -V mqttv5 -p {} -q 1 -t a "
        "-s; done",
        broker_->port()
    );
    EXPECT_THAT(Shell(fill).text, HasSubstr("Not authorized"));
    // 3.1.1 has no reasons: the connection ends, and the publisher keeps the message.
    const Output old = Shell(fmt::format(
        "timeout 5 mosquitto_pub -V mqttv311 -p {} -q 1 -t a -m {}",
        broker_->port(),
        std::string(60'000, 'x')
    ));
    EXPECT_NE(old.status, 0);
    EXPECT_THAT(broker_->Log(), HasSubstr("messages are refused"));
    EXPECT_THAT(Receive("watch", "$SYS/tilth/journal/refused", "%p"), testing::Contains(Not("0")));
    broker_->Save();
    EXPECT_EQ(PublishUntilTaken("-V mqttv5 -q 1 -t a -m " + std::string(60'000, 'y')).text, "");
}

TEST_F(PluginTest, AFullDiskRefusesMessagesAndRecovers) {
    const std::filesystem::path disk =
        std::filesystem::temp_directory_path() / fmt::format("tilth-plugin-disk-{}", getpid());
    std::filesystem::create_directory(disk);
    if (Shell(fmt::format("mount -t tmpfs -o size=300k tmpfs {}", disk.string())).status != 0) {
        std::filesystem::remove(disk);
        GTEST_SKIP() << "mounting a small tmpfs needs root";
    }
    StartBroker(
        {fmt::format("plugin_opt_journal {}/journal", disk.string()), "autosave_interval 100000"}
    );
    const std::string fill = fmt::format(
        "for i in $(seq 5); do head -c 50000 /dev/zero | mosquitto_pub -V mqttv5 -p {} -q 1 -t a "
        "-s; done",
        broker_->port()
    );
    EXPECT_THAT(Shell(fill).text, HasSubstr("Not authorized"));
    EXPECT_THAT(broker_->Log(), HasSubstr("No space left on device"));
    Shell(fmt::format("mount -o remount,size=10m {}", disk.string()));
    EXPECT_EQ(PublishUntilTaken("-V mqttv5 -q 1 -t a -m " + std::string(60'000, 'y')).text, "");
    broker_->Stop();
    Shell(fmt::format("umount {}", disk.string()));
    std::filesystem::remove(disk);
}

TEST_F(PluginTest, ABrokerWithoutMemoryRefusesMessagesAndTakesThemAgain) {
    StartBroker({"memory_limit 1000000", "plugin_opt_limit 8M"});
    MakeSession("s", "a");
    const std::string fill = fmt::format(
        "for i in $(seq 30); do head -c 50000 /dev/zero | timeout 2 mosquitto_pub -V mqttv5 -p {} "
        "-q 1 -t a -s && echo taken; done",
        broker_->port()
    );
    const auto taken = Shell(fill).Lines();
    const auto count = std::ranges::count(taken, "taken");
    EXPECT_GT(count, 0);
    EXPECT_LT(count, 30);
    const auto received = Receive("s", "a", "%l", fmt::format("-C {}", count));
    EXPECT_EQ(std::ranges::count(received, "50000"), count);
    EXPECT_EQ(PublishUntilTaken("-V mqttv5 -q 1 -t a -m y").text, "");
}

TEST_F(PluginTest, AMessageLargerThanASegmentIsKept) {
    StartBroker({"autosave_interval 100000"});
    MakeSession("s", "a");
    broker_->Save();
    Shell(fmt::format(
        "head -c 500000 /dev/zero | mosquitto_pub -V mqttv5 -p {} -q 1 -t a -s", broker_->port()
    ));
    Publish("-q 1 -t a -m small");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a", "%l")), ElementsAre("500000", "5"));
}

TEST_F(PluginTest, WithoutAJournalThereAreIdsAndNoFiles) {
    StartBroker({"plugin_opt_sync off"});
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x -V mqttv5 -D publish user-property tilth-id forged");
    const auto lines = WithoutTimeout(Receive("s", "a", "%P"));
    EXPECT_EQ(Ids(lines).size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(broker_->dir() / "journal"));
}

TEST_F(PluginTest, AJournalThatCannotBeOpenedStopsTheStartWithASentence) {
    const auto complaint = [this](std::vector<std::string> lines) -> std::string {
        try {
            StartBroker(std::move(lines));
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "it started";
    };
    EXPECT_THAT(
        complaint({"plugin_opt_journal {dir}/no/such/folder"}),
        HasSubstr("cannot be opened: No such file or directory; make it and give it to the user")
    );
    EXPECT_THAT(complaint({"plugin_opt_sync often"}), HasSubstr("always, interval or off"));
}

TEST_F(PluginTest, OneJournalHasOneBroker) {
    StartBroker();
    const std::filesystem::path first = broker_->dir() / "journal";
    std::string complaint;
    Preload();
    try {
        const Mosquitto second(MosquittoOptions{
            {"plugin " TILTH_PLUGIN, "plugin_opt_journal " + first.string()}, false});
    } catch (const std::runtime_error& error) {
        complaint = error.what();
    }
    unsetenv("LD_PRELOAD");
    EXPECT_THAT(complaint, HasSubstr("is in use by another broker"));
}

}  // namespace
}  // namespace tilth
