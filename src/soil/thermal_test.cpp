#include "soil/thermal.h"

#include <gtest/gtest.h>

namespace tilth::soil {
namespace {

TEST(ThermalTest, DampingDepthsOfAPublishedSoil) {
    // soilwater/pynotes-agriscience: D = 0.203 mm2/s is 175.392 cm2/day.
    constexpr double kDiffusivity = 175.392e-4 / kSecondsPerDay;
    EXPECT_NEAR(kDiffusivity, 0.203e-6, 1e-12);
    EXPECT_NEAR(DampingDepth(kDiffusivity, kSecondsPerDay), 0.0747, 1e-4);
    EXPECT_NEAR(DampingDepth(kDiffusivity, kSecondsPerYear), 1.428, 1e-3);
}

TEST(ThermalTest, TheWaveFallsToOneOverEAndIsLate) {
    constexpr double kDiffusivity = 5e-7;
    const SurfaceWave wave{10.0, 8.0, kSecondsPerYear, 0.0};
    const double d = DampingDepth(kDiffusivity, kSecondsPerYear);
    const double crest = kSecondsPerYear / 4.0;
    EXPECT_NEAR(TemperatureAtDepth(wave, kDiffusivity, 0.0, crest), 18.0, 1e-12);
    const double delay = WaveDelay(kDiffusivity, kSecondsPerYear, d);
    EXPECT_NEAR(delay / kSecondsPerYear, 1.0 / (2.0 * std::numbers::pi), 1e-12);
    EXPECT_NEAR(
        TemperatureAtDepth(wave, kDiffusivity, d, crest + delay), 10.0 + 8.0 / std::numbers::e, 1e-9
    );
}

TEST(ThermalTest, AmplitudesOfARealProfileGiveItsDiffusivity) {
    // METER ZL6 HBw3C, annual harmonic: 8.594 degC at 10 cm and 5.930 at 50 cm is d = 107.8 cm, D
    // = 1.157e-7 m2/s.
    constexpr double kDiffusivity = 1.157e-7;
    const double d = DampingDepth(kDiffusivity, kSecondsPerYear);
    EXPECT_NEAR(8.594 * std::exp(-0.40 / d), 5.930, 5e-3);
}

}  // namespace
}  // namespace tilth::soil
