#include "soil/texture.h"

#include <gtest/gtest.h>

namespace tilth::soil {
namespace {

TEST(TextureTest, UnitsAreConvertedFromThePrintedTable) {
    const auto loam = FindTextureClass("loam").value();
    EXPECT_NEAR(loam.retention.alpha, 0.036 * 10.19716, 1e-6);
    EXPECT_NEAR(loam.saturated_conductivity, 10.4, 1e-12);
    // The air-entry head 1/alpha of loam is 27.8 cm of water, 2.72 kPa.
    EXPECT_NEAR(1.0 / loam.retention.alpha, 2.724, 1e-3);
}

TEST(TextureTest, EveryClassIsPossible) {
    EXPECT_EQ(TextureClasses().size(), 12u);
    for (const TextureClass& texture : TextureClasses()) {
        EXPECT_LT(texture.retention.theta_r, texture.retention.theta_s) << texture.name;
        EXPECT_GT(texture.retention.n, 1.0) << texture.name;
        EXPECT_GT(texture.retention.WaterContent(-33.0), texture.retention.WaterContent(-1500.0))
            << texture.name;
    }
}

TEST(TextureTest, AnUnknownClassGetsASuggestion) {
    const auto found = FindTextureClass("sandy lom");
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().message.find("sandy loam"), std::string::npos) << found.error().message;
}

}  // namespace
}  // namespace tilth::soil
