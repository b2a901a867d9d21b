#include "pipeline/rollup.h"

#include <gtest/gtest.h>

namespace tilth::pipeline {
namespace {

using std::chrono::minutes;

Observation Row(int minute, double value, QualityFlag flag = QualityFlag::kGood) {
    Observation row;
    row.time = FromMicros(0) + minutes{minute};
    row.value = value;
    row.flag = flag;
    return row;
}

std::vector<StatRow> Stat(const std::vector<Observation>& rows) {
    std::vector<StatRow> stat;
    AppendStatRows(rows, stat);
    return stat;
}

TEST(RollupTest, StatisticsAreOverGoodReadingsThatCount) {
    std::vector<Observation> rows{
        Row(0, 1),
        Row(1, 100, QualityFlag::kFail),
        Row(2, 2),
        Row(3, NAN, QualityFlag::kMissing),
        Row(4, 4),
        Row(4, 9)};
    rows.back().counts = false;
    const Rollup rollup = MakeRollup(FromMicros(0), Stat(rows));
    EXPECT_EQ(rollup.count, 5u);
    EXPECT_EQ(rollup.good_count, 3u);
    EXPECT_DOUBLE_EQ(rollup.mean, 7.0 / 3);
    EXPECT_DOUBLE_EQ(rollup.min, 1);
    EXPECT_DOUBLE_EQ(rollup.max, 4);
    EXPECT_DOUBLE_EQ(rollup.first, 1);
    EXPECT_DOUBLE_EQ(rollup.last, 4);
    EXPECT_NEAR(rollup.sd, 1.5275252316519468, 1e-15);  // R: sd(c(1, 2, 4))
    EXPECT_DOUBLE_EQ(rollup.p10, 1.2);                  // R: quantile(c(1, 2, 4), .1)
    EXPECT_DOUBLE_EQ(rollup.p50, 2);
    EXPECT_DOUBLE_EQ(rollup.p90, 3.6);
}

TEST(RollupTest, ABucketWithoutGoodReadingsKeepsItsCount) {
    const std::vector<Observation> rows{Row(0, 1, QualityFlag::kFail)};
    const Rollup rollup = MakeRollup(FromMicros(0), Stat(rows));
    EXPECT_EQ(rollup.count, 1u);
    EXPECT_EQ(rollup.good_count, 0u);
    EXPECT_TRUE(std::isnan(rollup.mean));
}

TEST(RollupTest, TheOpenBucketIsLeftOut) {
    const std::vector<Observation> rows{Row(0, 1), Row(59, 2), Row(60, 3), Row(125, 4)};
    const auto rollups = MakeRollups(RollupLevel::kHour, Stat(rows), FromMicros(0) + minutes{120});
    ASSERT_EQ(rollups.size(), 2u);
    EXPECT_EQ(rollups[0].count, 2u);
    EXPECT_EQ(rollups[1].start, FromMicros(0) + minutes{60});
}

}  // namespace
}  // namespace tilth::pipeline
