#include "query/flagged_ranges.h"

#include <gtest/gtest.h>

namespace tilth::query {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

/// A roll-up of each of these hours; those in `flagged` count one reading more than are good.
std::vector<Rollup> Hours(int count, const std::vector<int>& flagged) {
    std::vector<Rollup> rollups(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
        Rollup& rollup = rollups[static_cast<size_t>(i)];
        rollup.start = Time{} + i * kHour;
        rollup.good_count = 10;
        rollup.count = std::find(flagged.begin(), flagged.end(), i) == flagged.end() ? 10 : 11;
    }
    return rollups;
}

TimeRange Span(int from, int to) {
    return {Time{} + from * kHour, Time{} + to * kHour};
}

TEST(FlaggedRanges, CoverFlaggedBucketsAndNoOthers) {
    EXPECT_EQ(
        FlaggedRanges(Hours(100, {3, 4, 50}), RollupLevel::kHour, 8),
        (std::vector{Span(3, 5), Span(50, 51)})
    );
    EXPECT_TRUE(FlaggedRanges(Hours(100, {}), RollupLevel::kHour, 8).empty());
}

TEST(FlaggedRanges, JoinTheNearestWhenThereAreTooMany) {
    EXPECT_EQ(
        FlaggedRanges(Hours(100, {0, 10, 12, 40, 99}), RollupLevel::kHour, 3),
        (std::vector{Span(0, 13), Span(40, 41), Span(99, 100)})
    );
    EXPECT_EQ(
        FlaggedRanges(Hours(100, {0, 2, 4, 6}), RollupLevel::kHour, 1), (std::vector{Span(0, 7)})
    );
}

}  // namespace
}  // namespace tilth::query
