#include "qc/merge.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace tilth::qc {
namespace {

Observation Row(
    double value, SourceRank rank = SourceRank::kLive, int64_t number = 0, Sequence sequence = 1
) {
    Observation row;
    row.value = value;
    row.raw_value = value * 10;
    row.rank = rank;
    row.number = number;
    row.raw.sequence = sequence;
    row.reading_id = ReadingId(row);
    return row;
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TEST(MergeTest, EqualAfterRoundingIsOneReadingWithItsFirstRecord) {
    std::vector<Observation> rows{
        Row(0.2501, SourceRank::kLive, 0, 9), Row(0.2501, SourceRank::kLive, 0, 4)};
    EXPECT_FALSE(MergeGroup(rows, 0, {0.001, {}}));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].raw.sequence, 4u);
}

TEST(MergeTest, RankThenNumberDecide) {
    std::vector<Observation> rows{
        Row(1, SourceRank::kLive, 9),
        Row(2, SourceRank::kManual, 0),
        Row(3, SourceRank::kManual, 1)};
    EXPECT_TRUE(MergeGroup(rows, 0, {0.1, {}})) << "two of the highest rank differ";
    EXPECT_EQ(rows[0].value, 3);
    EXPECT_TRUE(rows[0].counts);
    EXPECT_FALSE(rows[1].counts);
    EXPECT_FALSE(rows[2].counts);
}

TEST(MergeTest, ADifferenceBetweenRanksIsNoConflict) {
    std::vector<Observation> rows{Row(1), Row(2, SourceRank::kLoggerFile)};
    EXPECT_FALSE(MergeGroup(rows, 0, {0.1, {}}));
    EXPECT_EQ(rows[0].value, 2);
}

TEST(MergeTest, AMissingValueGivesWayWithinItsRankWithoutConflict) {
    std::vector<Observation> rows{Row(kNone), Row(5)};
    EXPECT_FALSE(MergeGroup(rows, 0, {0.1, {}}));
    EXPECT_EQ(rows[0].value, 5);
}

TEST(MergeTest, AWrongClockGivesWayToAnyOther) {
    TestSet clock;
    clock.Add(7);
    std::vector<Observation> rows{Row(1, SourceRank::kManual), Row(2)};
    rows[0].objected = clock;
    EXPECT_FALSE(MergeGroup(rows, 0, {0.1, clock}));
    EXPECT_EQ(rows[0].value, 2);
}

TEST(MergeTest, ZeroAndMinusZeroAreOneAndMissingOnesAre) {
    EXPECT_TRUE(SameReading(0.0, -0.0, 0));
    EXPECT_TRUE(SameReading(kNone, kNone, 0.1));
    EXPECT_FALSE(SameReading(kNone, 0, 0.1));
    EXPECT_TRUE(SameReading(0.2504, 0.2496, 0.001));
    EXPECT_FALSE(SameReading(0.25, 0.25000001, 0));
}

TEST(MergeTest, TheIdIsOfWhatWasReadAndStaysWhatItIs) {
    EXPECT_EQ(ReadingId(Row(1)), ReadingId(Row(1, SourceRank::kLive, 0, 7)));
    EXPECT_NE(ReadingId(Row(1)), ReadingId(Row(1, SourceRank::kManual)));
    EXPECT_NE(ReadingId(Row(1)), ReadingId(Row(1, SourceRank::kLive, 1)));
    EXPECT_EQ(ReadingId(Observation{}), 4515764402773938937u) << "ids are stored";
}

/// Merged in two steps or one, in any order: the same rows.
TEST(MergeTest, OrderAndGroupingDoNotMatter) {
    for (uint64_t seed = 1; seed <= 2000; ++seed) {
        Random random(seed * 7919);
        std::vector<Observation> all;
        for (size_t i = 0; i < 2 + random.Below(6); ++i) {
            const double value =
                random.Below(5) == 0 ? kNone : 0.25 + 0.0004 * static_cast<double>(random.Below(5));
            const auto rank = static_cast<SourceRank>(1 + random.Below(2));
            all.push_back(Row(value, rank, static_cast<int64_t>(random.Below(2)), random.Below(4)));
        }
        std::vector<Observation> once = all;
        const bool conflict = MergeGroup(once, 0, {0.001, {}});
        for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.Below(i)]);
        std::vector<Observation> steps;
        bool later = false;
        for (const Observation& row : all) {
            steps.push_back(row);
            later = MergeGroup(steps, 0, {0.001, {}});
        }
        ASSERT_EQ(once, steps) << "seed " << seed;
        ASSERT_EQ(conflict, later) << "seed " << seed;
    }
}

}  // namespace
}  // namespace tilth::qc
