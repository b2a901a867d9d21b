#include "soil/ec.h"

#include "soil/permittivity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::soil {
namespace {

TEST(EcTest, WaterPermittivityFallsWithTemperature) {
    EXPECT_DOUBLE_EQ(WaterPermittivity(20.0), 80.3);
    EXPECT_DOUBLE_EQ(WaterPermittivity(30.0), 76.6);
}

TEST(EcTest, SaturationExtractMatchesALoggerRow) {
    // METER ZL6 HBw3C, 2023-07-25 14:00, port 2: counts 24993 (water), 6811 (18.11 degC), 917 (bulk
    // EC) were published as a saturation extract of 0.0432360206917 mS/cm.
    const double bulk = std::pow(10.0, 0.917) / 1000.0;
    const double pore = PoreWaterEc(bulk, Teros12Permittivity(2499.3), 18.11);
    EXPECT_NEAR(SaturationExtractEc(pore, 0.27387847, kMeterPorosity), 0.0432360206917, 1e-12);
}

TEST(EcTest, HilhorstBothWays) {
    const double bulk = BulkEcOfPoreWater(1.2, 18.0, 12.0);
    EXPECT_NEAR(PoreWaterEc(bulk, 18.0, 12.0), 1.2, 1e-14);
    EXPECT_EQ(BulkEcOfPoreWater(1.2, 4.0, 12.0), 0.0);
    EXPECT_TRUE(std::isnan(PoreWaterEc(0.1, 4.1, 12.0)));
}

TEST(EcTest, ReferenceTemperatureIs25) {
    EXPECT_EQ(EcAt25(0.5, 25.0), 0.5);
    EXPECT_NEAR(EcAt25(0.5, 15.0), 0.625, 1e-15);
    EXPECT_NEAR(EcAt25(0.5, 15.0, 0.019), 0.5 / 0.81, 1e-15);
}

}  // namespace
}  // namespace tilth::soil
