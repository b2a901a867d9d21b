#include "soil/matric.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::soil {
namespace {

TEST(MatricTest, DecentlabSendsTenthsOfSuction) {
    EXPECT_DOUBLE_EQ(DecentlabTeros21MatricPotential(93), -9.3);
}

TEST(MatricTest, WatermarkPiecesByHand) {
    EXPECT_EQ(WatermarkMatricPotential(0.5, 24.0), 0.0);
    EXPECT_NEAR(WatermarkMatricPotential(0.75, 24.0), -4.631, 1e-9);
    EXPECT_NEAR(WatermarkMatricPotential(5.0, 24.0), -20.158 / 0.662135, 1e-9);
    EXPECT_NEAR(WatermarkMatricPotential(10.0, 24.0), -61.392, 1e-9);
}

TEST(MatricTest, WatermarkPiecesMeetAndFall) {
    for (const double edge : {0.55, 1.0, 8.0}) {
        EXPECT_NEAR(
            WatermarkMatricPotential(edge - 1e-9, 24.0), WatermarkMatricPotential(edge, 24.0), 1.5
        ) << edge;
    }
    double last = 0.0;
    for (double r = 0.56; r <= 35.0; r += 0.01) {
        const double now = WatermarkMatricPotential(r, 24.0);
        EXPECT_LT(now, last + 1e-3) << r;
        last = now;
    }
}

TEST(MatricTest, AnOpenCircuitIsNoPotential) {
    EXPECT_TRUE(std::isnan(WatermarkMatricPotential(35.1, 24.0)));
    EXPECT_TRUE(std::isnan(WatermarkMatricPotential(-1.0, 24.0)));
    EXPECT_TRUE(std::isnan(WatermarkMatricPotential(std::nan(""), 24.0)));
}

}  // namespace
}  // namespace tilth::soil
