#include "soil/saxton_rawls.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::soil {
namespace {

// Published vector (soilwater/pynotes-agriscience): clay .34, sand .22, organic matter .015 %,
// density 1.5.
TEST(SaxtonRawlsTest, PublishedVector) {
    const auto soil = AtBulkDensity(EstimateSaxtonRawls(.22, .34, .015).value(), 1.5);
    EXPECT_NEAR(soil.saturation, .43396, 5e-6);
    EXPECT_NEAR(soil.field_capacity, .35045, 5e-6);
    EXPECT_NEAR(soil.wilting_point, .203926, 5e-7);
}

// Table 3 of the source, 2.5 % organic matter: loam (sand 40, clay 20) has 14, 28 and 46 volume %.
TEST(SaxtonRawlsTest, TableOfTheSource) {
    const auto loam = EstimateSaxtonRawls(.40, .20, 2.5).value();
    EXPECT_NEAR(loam.wilting_point, .14, .005);
    EXPECT_NEAR(loam.field_capacity, .28, .005);
    EXPECT_NEAR(loam.saturation, .46, .005);
}

TEST(SaxtonRawlsTest, TheTensionCurveMeetsBothPoints) {
    const auto soil = EstimateSaxtonRawls(.40, .20, 2.5).value();
    EXPECT_NEAR(soil.a * std::pow(soil.field_capacity, -soil.b), 33.0, 1e-9);
    EXPECT_NEAR(soil.a * std::pow(soil.wilting_point, -soil.b), 1500.0, 1e-7);
}

TEST(SaxtonRawlsTest, RefusesWhatIsNoTexture) {
    EXPECT_FALSE(EstimateSaxtonRawls(.7, .4, 2.0));
    EXPECT_FALSE(EstimateSaxtonRawls(-.1, .4, 2.0));
    EXPECT_FALSE(EstimateSaxtonRawls(.4, .2, 60.0));
    EXPECT_FALSE(EstimateSaxtonRawls(std::nan(""), .2, 2.0));
}

}  // namespace
}  // namespace tilth::soil
