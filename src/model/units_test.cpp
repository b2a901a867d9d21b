#include "model/units.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

TEST(UnitsTest, ConvertsBetweenUnitsOfOneKind) {
    EXPECT_NEAR(ConvertUnits("%", "m3/m3")->Apply(21.4), 0.214, 1e-12);
    EXPECT_NEAR(ConvertUnits("[degF]", "Cel")->Apply(212), 100, 1e-9);
    EXPECT_NEAR(ConvertUnits("uS/cm", "mS/cm")->Apply(240), 0.24, 1e-12);
    EXPECT_TRUE(ConvertUnits("kPa", "kPa")->Identity());
}

TEST(UnitsTest, RefusesOtherKindsAndUnknownNames) {
    EXPECT_EQ(ConvertUnits("kPa", "Cel").error().fault, Fault::kBadInput);
    EXPECT_EQ(ConvertUnits("furrows", "Cel").error().fault, Fault::kBadInput);
    EXPECT_FALSE(CheckUnit("\xff"));
    EXPECT_TRUE(CheckUnit("dS/m"));
}

}  // namespace
}  // namespace tilth
