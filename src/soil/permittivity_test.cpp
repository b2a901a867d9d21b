#include "soil/permittivity.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace tilth::soil {
namespace {

TEST(PermittivityTest, APolynomialIsAscending) {
    EXPECT_EQ(Polynomial(std::array{1.0, 2.0, 3.0}, 2.0), 17.0);
    EXPECT_EQ(Polynomial({}, 2.0), 0.0);
}

// Decentlab's published decoder vector for the DL-5TM: raw 30 and 1037 counts (permittivity 0.6
// and 20.74).
TEST(PermittivityTest, ToppByHandComputation) {
    EXPECT_NEAR(ToppWaterContent(80.0), 0.9646, 1e-9);
    EXPECT_NEAR(ToppWaterContent(20.0), 0.3454, 1e-12);
    EXPECT_NEAR(ToppWaterContent(3.0), 0.0297661, 1e-10);
}

TEST(PermittivityTest, Teros12MineralMatchesALoggerRow) {
    // METER ZL6 HBw3C, 2023-07-25 14:00, port 2: 24993 logger counts are 0.27387847 m3/m3.
    EXPECT_NEAR(Teros12MineralWaterContent(2499.3), 0.27387847, 1e-12);
}

TEST(PermittivityTest, Teros12PolynomialsAtAKnownCount) {
    EXPECT_NEAR(Teros12SoillessWaterContent(2499.3), 0.375304, 1e-6);
    EXPECT_NEAR(Teros12Permittivity(2499.3), 13.085232, 1e-6);
}

TEST(PermittivityTest, Teros12CountsInvertThePermittivity) {
    for (double permittivity = 1.0; permittivity < 81.0; permittivity += 0.25) {
        const double counts = Teros12Counts(permittivity);
        EXPECT_GT(counts, 1500.0);
        EXPECT_LT(counts, 4500.0);
        EXPECT_NEAR(Teros12Permittivity(counts), permittivity, 1e-8 * permittivity) << permittivity;
    }
}

TEST(PermittivityTest, OtherProbesByHandComputation) {
    EXPECT_NEAR(Gs3WaterContent(10.0), 0.22139, 1e-9);
    EXPECT_NEAR(TenHsWaterContent(800.0), 0.23584, 1e-9);
    EXPECT_NEAR(HydraProbeLoamWaterContent(16.0), 0.257, 1e-12);
    EXPECT_NEAR(Cs616WaterContent(25.0), 0.2137, 1e-12);
}

TEST(PermittivityTest, TheCs616CorrectionVanishesAt20Degrees) {
    EXPECT_EQ(Cs616PeriodAt20(25.0, 20.0), 25.0);
    EXPECT_NEAR(Cs616PeriodAt20(25.0, 30.0), 25.0 - 10.0 * 0.076, 1e-9);
}

TEST(PermittivityTest, NothingIsInventedFromNothing) {
    EXPECT_TRUE(std::isnan(ToppWaterContent(std::nan(""))));
    EXPECT_TRUE(std::isnan(HydraProbeLoamWaterContent(-1.0)));
}

}  // namespace
}  // namespace tilth::soil
