#include "query/gap_finder.h"

#include <gtest/gtest.h>

namespace tilth::query {
namespace {

std::vector<std::pair<int, int>> GapsOf(const std::vector<int>& seconds) {
    GapFinder finder;
    for (const int second : seconds) finder.Add(Time{std::chrono::seconds{second}});
    std::vector<std::pair<int, int>> gaps;
    for (const TimeRange& gap : finder.Take()) {
        gaps.emplace_back(
            static_cast<int>(ToSeconds(gap.from - Time{})),
            static_cast<int>(ToSeconds(gap.to - Time{}))
        );
    }
    return gaps;
}

using Gaps = std::vector<std::pair<int, int>>;

TEST(GapFinderTest, AnEvenSeriesHasNone) {
    EXPECT_EQ(GapsOf({0, 10, 20, 30, 40, 50}), Gaps{});
    EXPECT_EQ(GapsOf({}), Gaps{});
    EXPECT_EQ(GapsOf({5}), Gaps{});
    EXPECT_EQ(GapsOf({0, 1000}), Gaps{});
}

TEST(GapFinderTest, AMissingStretchIsFound) {
    EXPECT_EQ(GapsOf({0, 10, 20, 30, 70, 80, 90, 100}), (Gaps{{30, 70}}));
    EXPECT_EQ(GapsOf({0, 10, 20, 30, 60, 70, 80, 90}), Gaps{}) << "three spacings are no gap";
}

TEST(GapFinderTest, AChangeOfPaceIsNoGap) {
    EXPECT_EQ(GapsOf({0, 3600, 7200, 10800, 12600, 12610, 12620, 12630, 12640}), Gaps{});
    EXPECT_EQ(GapsOf({0, 10, 20, 30, 3630, 7230, 10830}), Gaps{});
}

TEST(GapFinderTest, EachPaceHasItsOwnGaps) {
    EXPECT_EQ(
        GapsOf({0, 3600, 7200, 10800, 25200, 28800, 32400, 32410, 32420, 32430, 32500, 32510, 32520}
        ),
        (Gaps{{10800, 25200}, {32430, 32500}})
    );
}

TEST(GapFinderTest, LostMessagesHereAndThereHideNothing) {
    EXPECT_EQ(GapsOf({0, 10, 30, 40, 50, 150, 160, 180, 190}), (Gaps{{50, 150}}));
}

TEST(GapFinderTest, AFewLateMessagesAmongHistoryMakeNone) {
    EXPECT_EQ(
        GapsOf({0, 3600, 7200, 10460, 10800, 11350, 14400, 15110, 15120, 15130, 15140}), Gaps{}
    );
}

TEST(GapFinderTest, AtTheEndsTheOneSideDecides) {
    EXPECT_EQ(GapsOf({0, 100, 110, 120, 130}), (Gaps{{0, 100}}));
    EXPECT_EQ(GapsOf({0, 10, 20, 30, 130}), (Gaps{{30, 130}}));
}

TEST(GapFinderTest, WhatWouldBeAGapNextFollowsThePaceAtTheEnd) {
    GapFinder finder;
    EXPECT_FALSE(finder.Limit().has_value());
    for (const int second : {0, 3600, 7200, 7210, 7220, 7230})
        finder.Add(Time{std::chrono::seconds{second}});
    EXPECT_EQ(finder.Limit(), std::chrono::seconds{30});
}

}  // namespace
}  // namespace tilth::query
