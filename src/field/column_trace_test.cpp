#include "field/column_trace.h"

#include <gtest/gtest.h>

#include <vector>

namespace tilth::field {
namespace {

const Time kEpoch = ParseRfc3339("2024-01-01T00:00:00Z").value();

class ColumnTraceTest : public testing::Test {
  protected:
    Weather weather_{1, Climate{}};
    ForcingTrace forcing_{weather_, kEpoch};
    SoilColumn column_ = MakeColumn(1, 2);
};

TEST_F(ColumnTraceTest, IsWhatSteppingHourByHourGives) {
    ColumnTrace trace(column_, 1.0);
    SoilWater water = InitialWater(column_);
    Battery battery;
    for (size_t hour = 0; hour < 2000; ++hour) {
        const ColumnSample sample = trace.At(hour, forcing_);
        for (size_t i = 0; i < kLayers; ++i)
            ASSERT_EQ(sample.theta[i], static_cast<float>(water.theta[i])) << hour;
        ASSERT_EQ(sample.charge, static_cast<float>(battery.charge));
        StepWater(column_, forcing_.At(hour), water);
        battery.StepHour(forcing_.At(hour).radiation, 1.0);
    }
}

TEST_F(ColumnTraceTest, AnyOrderGivesTheSame) {
    ColumnTrace forward(column_, 1.0);
    ColumnTrace jumping(column_, 1.0);
    std::vector<ColumnSample> samples;
    for (size_t hour = 0; hour < 3000; ++hour) samples.push_back(forward.At(hour, forcing_));
    for (size_t i = 0; i < 3000; ++i) {
        const size_t hour = i * 1009 % 3000;  // 1009 is prime to 3000: every hour once, far apart.
        ASSERT_EQ(jumping.At(hour, forcing_).theta, samples[hour].theta) << hour;
    }
}

TEST_F(ColumnTraceTest, TheForcingIsTheWeather) {
    const Time noon = kEpoch + std::chrono::days{180} + std::chrono::hours{11};
    const HourForcing hour = forcing_.At(180 * 24 + 11);
    EXPECT_EQ(hour.rain, weather_.Rain(noon, noon + std::chrono::hours{1}));
    EXPECT_EQ(hour.radiation, weather_.At(noon + std::chrono::minutes{30}).solar_radiation);
    EXPECT_GT(hour.potential_evaporation, 0.0);
    EXPECT_EQ(forcing_.At(180 * 24 + 1).potential_evaporation, 0.0);
}

}  // namespace
}  // namespace tilth::field
