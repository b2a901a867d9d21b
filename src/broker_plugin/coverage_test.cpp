#include "broker_plugin/coverage.h"

#include <gtest/gtest.h>

namespace tilth::broker_plugin {
namespace {

constexpr Duration kSecond{1'000'000};
constexpr Time kStart{Duration{1'000'000'000}};

TEST(CoverageTest, ASaveHasWhatWasThereAtTheLookBefore) {
    Coverage coverage(60 * kSecond);
    EXPECT_FALSE(coverage.Look(kStart, 5, false));
    EXPECT_FALSE(coverage.Look(kStart + kSecond, 9, false));
    const auto mark = coverage.Look(kStart + 2 * kSecond, 20, true);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->all, 9u);
}

TEST(CoverageTest, TheFirstLookKnowsOfNothingBefore) {
    Coverage coverage(60 * kSecond);
    const auto mark = coverage.Look(kStart, 5, true);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->all, 0u);
}

TEST(CoverageTest, Qos2CountsOnlyAfterTheHold) {
    Coverage coverage(60 * kSecond);
    for (int i = 0; i <= 59; ++i) {
        const auto mark = coverage.Look(kStart + i * kSecond, 100 + static_cast<uint64_t>(i), true);
        ASSERT_TRUE(mark);
        EXPECT_EQ(mark->exactly_once, 0u) << i;
    }
    const auto mark = coverage.Look(kStart + 90 * kSecond, 500, true);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->all, 159u);
    // What was there 60 seconds ago, less the time between samples.
    EXPECT_GE(mark->exactly_once, 127u);
    EXPECT_LE(mark->exactly_once, 130u);
}

TEST(CoverageTest, FrequentLooksLoseNoSample) {
    Coverage coverage(60 * kSecond);
    uint64_t last = 0;
    for (Time now = kStart; now < kStart + 300 * kSecond; now += kSecond / 20) {
        const auto mark = coverage.Look(now, ++last, true);
        const uint64_t a_minute_ago = last > 1200 ? last - 1200 : 0;
        ASSERT_LE(mark->exactly_once, a_minute_ago);
        if (last > 2400) {
            ASSERT_GE(mark->exactly_once, a_minute_ago - 100);
        }
    }
}

}  // namespace
}  // namespace tilth::broker_plugin
