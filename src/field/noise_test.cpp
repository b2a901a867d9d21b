#include "field/noise.h"

#include <gtest/gtest.h>

namespace tilth::field {
namespace {

TEST(NoiseTest, DrawsNeverChange) {
    // Part of every emulated value: another number here is another field for every seed.
    EXPECT_EQ(Draw(1, Stream::kStorm, 0), 0x80f820f5e12266e1u);
    EXPECT_EQ(Draw(42, Stream::kFault, ~uint64_t{0}), 0x1396ee8b3a8741d4u);
    EXPECT_DOUBLE_EQ(Smooth(1, Stream::kWind, 2.25), 0.03585265535630873);
    EXPECT_DOUBLE_EQ(Bell(Draw(1, Stream::kReading, 7)), 0.058170224418016031);
    EXPECT_NE(Draw(1, Stream::kStorm, 0), Draw(2, Stream::kStorm, 0));
    EXPECT_NE(Draw(1, Stream::kStorm, 0), Draw(1, Stream::kWetness, 0));
    EXPECT_NE(Draw(1, Stream::kStorm, 0), Draw(1, Stream::kStorm, 1));
}

TEST(NoiseTest, BellHasTheMomentsOfAStandardNormal) {
    double sum = 0.0;
    double squares = 0.0;
    constexpr int kDraws = 200'000;
    for (int i = 0; i < kDraws; ++i) {
        const double x = Bell(Draw(7, Stream::kReading, static_cast<uint64_t>(i)));
        ASSERT_LT(std::fabs(x), 3.47);
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / kDraws, 0.0, 0.01);
    EXPECT_NEAR(squares / kDraws, 1.0, 0.01);
}

TEST(NoiseTest, SmoothIsContinuousAlsoBeforeZero) {
    double last = Smooth(3, Stream::kWind, -5.0);
    for (double x = -5.0; x < 5.0; x += 0.001) {
        const double now = Smooth(3, Stream::kWind, x);
        ASSERT_LT(std::fabs(now), 1.0);
        ASSERT_LT(std::fabs(now - last), 0.004) << x;
        last = now;
    }
}

}  // namespace
}  // namespace tilth::field
