#include "soil/balance.h"

#include <gtest/gtest.h>

#include <array>

namespace tilth::soil {
namespace {

TEST(BalanceTest, TheDeficitIndexHasItsFixedPoints) {
    EXPECT_EQ(SoilWaterDeficitIndex(.30, .30, .10), 0.0);
    EXPECT_NEAR(SoilWaterDeficitIndex(.10, .30, .10), -10.0, 1e-12);
    EXPECT_NEAR(SoilWaterDeficitIndex(.25, .30, .10), -2.5, 1e-12);
}

TEST(BalanceTest, SaturationAndAvailableWater) {
    EXPECT_DOUBLE_EQ(DegreeOfSaturation(.2, .4), .5);
    EXPECT_NEAR(PlantAvailableWater(.404, .262), .142, 1e-12);  // soilwater/pynotes-agriscience
}

TEST(BalanceTest, StorageIsATrapezoid) {
    constexpr std::array profile{
        DepthWater{0.05, .20}, DepthWater{0.20, .30}, DepthWater{0.50, .34}};
    EXPECT_NEAR(ProfileStorage(profile).value(), 1000.0 * (.25 * .15 + .32 * .30), 1e-9);
}

TEST(BalanceTest, StorageRefusesDisorder) {
    constexpr std::array twice{DepthWater{0.05, .20}, DepthWater{0.05, .30}};
    EXPECT_FALSE(ProfileStorage(twice));
    EXPECT_FALSE(ProfileStorage({}));
}

}  // namespace
}  // namespace tilth::soil
