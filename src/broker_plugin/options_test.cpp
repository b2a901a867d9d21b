#include "broker_plugin/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::broker_plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const OptionList kLeast{{"journal", "/j"}, {"database", "/d/mosquitto.db"}};

OptionList With(std::string_view key, std::string_view value) {
    OptionList list = kLeast;
    list.emplace_back(key, value);
    return list;
}

std::string Complaint(const OptionList& list) {
    const auto parsed = ParseOptions(list);
    return parsed ? "" : parsed.error().message;
}

TEST(OptionsTest, WithPathsAloneItSyncsEachMessageOfAllTopics) {
    const auto options = ParseOptions(kLeast);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->writer.sync, Sync::kAlways);
    EXPECT_THAT(options->topics, ElementsAre("#"));
    EXPECT_TRUE(options->has_journal);
    EXPECT_TRUE(options->retained);
    EXPECT_FALSE(options->qos0);
    EXPECT_FALSE(options->is_open);
}

TEST(OptionsTest, EveryOptionIsRead) {
    const auto options = ParseOptions(
        {{"journal", "/j"},
         {"database", "/d"},
         {"sync", "interval"},
         {"interval", "250"},
         {"topic", "a/#"},
         {"topic", "b c/+"},
         {"qos0", "true"},
         {"retained", "false"},
         {"limit", "64M"},
         {"segment", "64K"},
         {"access", "open"},
         {"hold", "60"},
         {"status", "0"}}
    );
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->writer.sync, Sync::kInterval);
    EXPECT_EQ(options->writer.interval, Duration{250'000});
    EXPECT_THAT(options->topics, ElementsAre("a/#", "b c/+"));
    EXPECT_TRUE(options->qos0);
    EXPECT_FALSE(options->retained);
    EXPECT_EQ(options->writer.limit_bytes, uint64_t{64} << 20);
    EXPECT_EQ(options->writer.segment_bytes, size_t{64} << 10);
    EXPECT_TRUE(options->is_open);
    EXPECT_EQ(options->hold, Duration{60'000'000});
    EXPECT_EQ(options->status_every, Duration{0});
}

TEST(OptionsTest, WrongValuesAreNamedWithWhatIsRight) {
    EXPECT_THAT(Complaint(With("sync", "often")), HasSubstr("always, interval or off"));
    EXPECT_THAT(Complaint(With("interval", "0")), HasSubstr("from 1 to 60000"));
    EXPECT_THAT(Complaint(With("limit", "1T")), HasSubstr("64M or 1G"));
    EXPECT_THAT(Complaint(With("qos0", "yes")), HasSubstr("true or false"));
    EXPECT_THAT(Complaint(With("limit", "1M")), HasSubstr("four times"));
    EXPECT_THAT(Complaint(With("segment", "5000")), HasSubstr("steps of 4K"));
    EXPECT_THAT(Complaint(With("access", "closed")), HasSubstr("open, or left out"));
    EXPECT_THAT(Complaint(With("jornal", "/x")), HasSubstr("did you mean plugin_opt_journal?"));
}

TEST(OptionsTest, PathsMayBeMissingOnlyWithoutAJournal) {
    EXPECT_THAT(Complaint({{"database", "/d"}}), HasSubstr("plugin_opt_journal"));
    EXPECT_THAT(Complaint({{"journal", "here"}, {"database", "/d"}}), HasSubstr("from the root"));
    EXPECT_EQ(Complaint({{"sync", "off"}}), "");
}

TEST(OptionsTest, TheDatabaseIsBesideTheJournalUnlessSaid) {
    const auto options = ParseOptions({{"journal", "/var/lib/mosquitto/journal"}});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->writer.database, "/var/lib/mosquitto/mosquitto.db");
}

}  // namespace
}  // namespace tilth::broker_plugin
