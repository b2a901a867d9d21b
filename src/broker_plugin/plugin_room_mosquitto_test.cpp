// Room for the journal: segments, the limit, disks, memory.
#include "broker_plugin/testing/plugin_broker.h"

#include <algorithm>

namespace tilth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PluginRoomTest : public PluginTest {};

TEST_F(PluginRoomTest, ADiskThatFailsUnderMappedMemoryDoesNotEndTheBroker) {
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

TEST_F(PluginRoomTest, SegmentsGoWhenTheBrokerHasSavedWhatTheyHold) {
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

TEST_F(PluginRoomTest, AtTheLimitMessagesAreRefusedAndAfterASaveTakenAgain) {
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

TEST_F(PluginRoomTest, AFullDiskRefusesMessagesAndRecovers) {
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

TEST_F(PluginRoomTest, ABrokerWithoutMemoryRefusesMessagesAndTakesThemAgain) {
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

TEST_F(PluginRoomTest, AMessageLargerThanASegmentIsKept) {
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

TEST_F(PluginRoomTest, AJournalThatCannotBeOpenedStopsTheStartWithASentence) {
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

TEST_F(PluginRoomTest, OneJournalHasOneBroker) {
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
