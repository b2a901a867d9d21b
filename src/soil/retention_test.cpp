#include "soil/retention.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::soil {
namespace {

// Two soils with published field capacity, wilting point and plant available water
// (soilwater/pynotes-agriscience).
constexpr VanGenuchten kLoam{.23, .64, 1.22, 1.34};
constexpr VanGenuchten kClay{0.0, .42, .05, 1.1};

TEST(RetentionTest, PublishedWaterContents) {
    EXPECT_NEAR(kLoam.WaterContent(-10.0), .404, 5e-4);
    EXPECT_NEAR(kLoam.WaterContent(-1500.0), .262, 5e-4);
    EXPECT_NEAR(kClay.WaterContent(-10.0), .406, 5e-4);
    EXPECT_NEAR(kClay.WaterContent(-1500.0), .273, 5e-4);
}

TEST(RetentionTest, BothWaysAgree) {
    for (double kpa = 0.01; kpa < 1e5; kpa *= 1.7) {
        EXPECT_NEAR(kLoam.MatricPotential(kLoam.WaterContent(-kpa)), -kpa, 1e-8 * kpa) << kpa;
    }
}

TEST(RetentionTest, EndsOfTheCurve) {
    EXPECT_EQ(kLoam.WaterContent(0.0), .64);
    EXPECT_EQ(kLoam.WaterContent(5.0), .64);
    EXPECT_EQ(kLoam.MatricPotential(.70), 0.0);
    EXPECT_EQ(kLoam.MatricPotential(.23), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(kLoam.MatricPotential(.10), -std::numeric_limits<double>::infinity());
}

TEST(RetentionTest, ConductivityRisesFromNothingToOne) {
    EXPECT_EQ(kLoam.RelativeConductivity(0.0), 0.0);
    EXPECT_EQ(kLoam.RelativeConductivity(-1.0), 0.0);
    EXPECT_EQ(kLoam.RelativeConductivity(1.0), 1.0);
    // m = 1/2, S = 1/4: sqrt(1/4) (1 - (1 - 1/16)^(1/2))^2, by hand.
    constexpr VanGenuchten kHalf{.0, .4, 1.0, 2.0};
    EXPECT_NEAR(
        kHalf.RelativeConductivity(0.25), 0.5 * std::pow(1.0 - std::sqrt(15.0) / 4.0, 2), 1e-15
    );
}

}  // namespace
}  // namespace tilth::soil
