#include "codec/topic_filter.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

// The examples of MQTT 5 section 4.7.1.
TEST(TopicFilter, HashMatchesTheParentAndEverythingBelow) {
    EXPECT_TRUE(MatchesFilter("sport/tennis/player1/#", "sport/tennis/player1"));
    EXPECT_TRUE(MatchesFilter("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
    EXPECT_TRUE(MatchesFilter("sport/#", "sport"));
    EXPECT_TRUE(MatchesFilter("#", "a/b/c"));
    EXPECT_FALSE(MatchesFilter("sport/tennis/#", "sport"));
}

TEST(TopicFilter, PlusMatchesOneLevelEvenAnEmptyOne) {
    EXPECT_TRUE(MatchesFilter("sport/tennis/+", "sport/tennis/player1"));
    EXPECT_FALSE(MatchesFilter("sport/tennis/+", "sport/tennis/player1/ranking"));
    EXPECT_FALSE(MatchesFilter("sport/+", "sport"));
    EXPECT_TRUE(MatchesFilter("sport/+", "sport/"));
    EXPECT_TRUE(MatchesFilter("+/+", "/finance"));
    EXPECT_TRUE(MatchesFilter("/+", "/finance"));
    EXPECT_FALSE(MatchesFilter("+", "/finance"));
    EXPECT_TRUE(MatchesFilter("+/a/#", "x/a"));
}

TEST(TopicFilter, WildcardsAtTheFrontDoNotMatchSystemTopics) {
    EXPECT_FALSE(MatchesFilter("#", "$SYS/broker"));
    EXPECT_FALSE(MatchesFilter("+/broker", "$SYS/broker"));
    EXPECT_TRUE(MatchesFilter("$SYS/#", "$SYS/broker"));
}

TEST(TopicFilter, WithoutWildcardsOnlyTheSameTopicMatches) {
    EXPECT_TRUE(MatchesFilter("sensors", "sensors"));
    EXPECT_FALSE(MatchesFilter("sensors", "sensors/a"));
    EXPECT_FALSE(MatchesFilter("sensors/a", "sensors"));
    EXPECT_FALSE(MatchesFilter("sensors", "Sensors"));
}

TEST(TopicFilter, MisplacedWildcardsAreNoFilter) {
    for (const char* bad : {"", "sport#", "a/#/b", "a+/b", "++", "a/##"}) {
        EXPECT_FALSE(IsTopicFilter(bad)) << bad;
        EXPECT_FALSE(MatchesFilter(bad, bad)) << bad;
    }
}

TEST(TopicFilter, LevelsAreCountedFromZero) {
    EXPECT_EQ(TopicLevel("a/b/c", 0), "a");
    EXPECT_EQ(TopicLevel("a/b/c", 2), "c");
    EXPECT_EQ(TopicLevel("a/b/c", 3), "");
    EXPECT_EQ(TopicLevel("a/b/c", -1), "");
    EXPECT_EQ(TopicLevel("", 0), "");
}

}  // namespace
}  // namespace tilth::codec
