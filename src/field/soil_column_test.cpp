#include "field/soil_column.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::field {
namespace {

constexpr HourForcing kNothing{0.0, 12.0, 0.0, 0.0, 0.5};

double Stored(const SoilWater& water) {
    double metres = 0.0;
    for (size_t i = 0; i < kLayers; ++i) metres += water.theta[i] * kLayerThickness[i];
    return metres * 1000.0;
}

class SoilColumnTest : public testing::TestWithParam<uint64_t> {
  protected:
    void SetUp() override {
        column_ = MakeColumn(1, GetParam());
        water_ = InitialWater(column_);
    }
    void Run(const HourForcing& hour, int hours) {
        for (int i = 0; i < hours; ++i) StepWater(column_, hour, water_);
    }

    SoilColumn column_;
    SoilWater water_;
};

TEST_P(SoilColumnTest, StaysBetweenResidualAndSaturation) {
    HourForcing flood{80.0, 12.0, 0.0, 0.0, 0.5};
    HourForcing drought{0.0, 30.0, 0.8, 900.0, 1.0};
    for (const auto& [forcing, hours] :
         {std::pair(flood, 200), std::pair(drought, 5000), std::pair(flood, 50)}) {
        for (int h = 0; h < hours; ++h) {
            StepWater(column_, forcing, water_);
            for (size_t i = 0; i < kLayers; ++i) {
                ASSERT_GE(water_.theta[i], column_.layers[i].retention.theta_r);
                ASSERT_LE(water_.theta[i], column_.layers[i].retention.theta_s + 1e-12);
            }
        }
    }
}

TEST_P(SoilColumnTest, RainWetsTheTopFirstAndTheDepthsLater) {
    Run({0.0, 25.0, 0.3, 500.0, 1.0}, 600);  // Dry it.
    const SoilWater dry = water_;
    std::array<int, 3> noticed{-1, -1, -1};
    for (int hour = 0; hour < 60 * 24; ++hour) {
        Run({hour < 12 ? 8.0 : 0.0, 15.0, 0.0, 0.0, 0.5}, 1);
        for (size_t i = 0; i < noticed.size(); ++i) {
            if (noticed[i] < 0 && water_.theta[i] > dry.theta[i] + 0.01) noticed[i] = hour;
        }
    }
    EXPECT_LE(noticed[0], 2);
    EXPECT_GT(noticed[1], noticed[0]);
    EXPECT_GT(noticed[2], noticed[1]);
}

TEST_P(SoilColumnTest, DriesFastAtFirstAndThenSlowly) {
    Run({6.0, 15.0, 0.0, 0.0, 0.5}, 12);
    double last = water_.theta[0];
    Run(kNothing, 12);
    double first_fall = last - water_.theta[0];
    EXPECT_GT(first_fall, 0.002);
    for (int half_day = 0; half_day < 20; ++half_day) {
        last = water_.theta[0];
        Run(kNothing, 12);
        const double fall = last - water_.theta[0];
        ASSERT_GE(fall, 0.0);
        ASSERT_LE(fall, first_fall + 1e-9) << half_day;
        first_fall = fall;
    }
}

TEST_P(SoilColumnTest, RainThatFitsIsKeptToTheLastDrop) {
    // Air-dry soil takes a few millimetres; so dry it lets nothing go in that hour.
    for (size_t i = 0; i < kLayers; ++i)
        water_.theta[i] = column_.layers[i].retention.theta_r + 0.01;
    const double before = Stored(water_);
    Run({1.5, 15.0, 0.0, 0.0, 0.5}, 1);
    EXPECT_NEAR(Stored(water_) - before, 1.5, 1e-3);
}

TEST_P(SoilColumnTest, SnowWaitsForWarmth) {
    const double before = Stored(water_);
    Run({2.0, -5.0, 0.0, 0.0, 0.0}, 5);
    EXPECT_DOUBLE_EQ(water_.snow, 10.0);
    EXPECT_LE(Stored(water_), before);
    Run({0.0, 4.0, 0.0, 0.0, 0.0}, 40);
    EXPECT_EQ(water_.snow, 0.0);
}

TEST_P(SoilColumnTest, RootsStopAtTheWiltingPoint) {
    Run({0.0, 28.0, 0.6, 800.0, 1.0}, 8000);
    EXPECT_GE(water_.theta[1], column_.layers[1].wilting_point - 1e-4);
    EXPECT_LT(water_.theta[1], column_.layers[1].field_capacity);
}

INSTANTIATE_TEST_SUITE_P(Textures, SoilColumnTest, testing::Range<uint64_t>(0, 6));

TEST(SoilColumn, DrainageIsTheSolutionOfItsEquation) {
    // Many small explicit steps of ds/dt = -k s^b against the closed form, for the top layer alone.
    const SoilColumn column = MakeColumn(1, 0);
    SoilWater water = InitialWater(column);
    const Layer& layer = column.layers[0];
    const double range = layer.retention.theta_s - layer.retention.theta_r;
    water.theta[0] = layer.retention.theta_r + 0.9 * range;
    double s = 0.9;
    constexpr int kPieces = 100'000;
    for (int i = 0; i < kPieces; ++i) {
        s -= layer.saturated_conductivity * 1e-3 / (kLayerThickness[0] * range) *
             std::pow(s, layer.exponent) / kPieces;
    }
    StepWater(column, kNothing, water);
    EXPECT_NEAR((water.theta[0] - layer.retention.theta_r) / range, s, 1e-5);
}

TEST(SoilColumn, EvaporationOfASummerNoon) {
    EXPECT_EQ(PriestleyTaylor(0.0, 20.0), 0.0);
    // Net 571 W/m2; slope 0.1447 kPa a degree at 20 degC gives 0.6868 of it, times 1.26: 0.726 mm
    // in an hour.
    EXPECT_NEAR(PriestleyTaylor(800.0, 20.0), 0.726, 0.002);
}

TEST(SoilColumn, IceLeavesLittleLiquid) {
    const Layer loam = MakeColumn(1, 0).layers[0];
    EXPECT_EQ(LiquidWater(loam.retention, 0.3, 0.5), 0.3);
    const double at_half = LiquidWater(loam.retention, 0.3, -0.5);
    const double at_five = LiquidWater(loam.retention, 0.3, -5.0);
    EXPECT_LT(at_half, 0.25);
    EXPECT_LT(at_five, at_half);
    EXPECT_GT(at_five, loam.retention.theta_r);
    EXPECT_EQ(LiquidWater(loam.retention, 0.09, -0.1), 0.09);
}

}  // namespace
}  // namespace tilth::field
