#include "field/weather.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tilth::field {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Time kStart = ParseRfc3339("2024-01-01T00:00:00Z").value();
constexpr int kHoursOfTwoYears = 731 * 24;

class WeatherTest : public testing::Test {
  protected:
    Weather weather_{1, Climate{}};
};

TEST_F(WeatherTest, EveryHourOfTwoYearsIsPossible) {
    for (int h = 0; h < kHoursOfTwoYears; ++h) {
        const WeatherSample sample = weather_.At(kStart + hours{h});
        ASSERT_GT(sample.air_temperature, -30.0);
        ASSERT_LT(sample.air_temperature, 42.0);
        ASSERT_GE(sample.relative_humidity, 10.0);
        ASSERT_LE(sample.relative_humidity, 100.0);
        ASSERT_GE(sample.solar_radiation, 0.0);
        ASSERT_LT(sample.solar_radiation, 1050.0);
        ASSERT_GT(sample.wind_speed, 0.0);
        ASSERT_LT(sample.wind_speed, 25.0);
        ASSERT_GE(sample.rain_rate, 0.0);
        ASSERT_LT(sample.rain_rate, 150.0);
    }
}

TEST_F(WeatherTest, RainIsThatOfATemperatePlain) {
    int wet_days = 0;
    double sum = 0.0;
    for (int d = 0; d < 5 * 365; ++d) {
        const double rain = weather_.Rain(kStart + days{d}, kStart + days{d + 1});
        wet_days += rain > 0.5 ? 1 : 0;
        sum += rain;
    }
    EXPECT_GT(sum / 5.0, 450.0);
    EXPECT_LT(sum / 5.0, 850.0);
    EXPECT_GT(wet_days / 5, 80);
    EXPECT_LT(wet_days / 5, 180);
}

TEST_F(WeatherTest, RainDoesNotDependOnHowTimeIsCut) {
    double pieces = 0.0;
    double tips = 0.0;
    const Duration step = minutes{7};
    for (Time t = kStart; t < kStart + days{28}; t += step) {
        pieces += weather_.Rain(t, t + step);
        tips += weather_.GaugedRain(t, t + step);
    }
    EXPECT_NEAR(pieces, weather_.Rain(kStart, kStart + days{28}), 1e-9);
    EXPECT_NEAR(tips, weather_.GaugedRain(kStart, kStart + days{28}), 1e-9);
    EXPECT_GT(pieces, 5.0);
    EXPECT_NEAR(tips, pieces, 28 * 0.1);
}

TEST_F(WeatherTest, RainIsTheIntegralOfItsRate) {
    double sum = 0.0;
    for (Time t = kStart; t < kStart + days{30}; t += minutes{1}) {
        sum += weather_.At(t + std::chrono::seconds{30}).rain_rate / 60.0;
    }
    EXPECT_NEAR(sum, weather_.Rain(kStart, kStart + days{30}), 0.01);
}

TEST_F(WeatherTest, NightsAreDarkAndRainIsCloudy) {
    for (int m = 0; m < 60 * 24 * 60; m += 10) {
        const Time t = kStart + minutes{m};
        const WeatherSample sample = weather_.At(t);
        const double hour = weather_.SolarHour(ToSeconds(t.time_since_epoch()));
        const bool night = hour < 6.0 || hour > 18.0;  // In January and February.
        ASSERT_TRUE(!night || sample.solar_radiation == 0.0) << hour;
        ASSERT_TRUE(sample.rain_rate < 1.0 || sample.cloudiness > 0.7);
    }
}

TEST_F(WeatherTest, SummerIsWarmAndWinterHasFrost) {
    double july = 0.0;
    double january = 0.0;
    int frost_hours = 0;
    for (int h = 0; h < 31 * 24; ++h) {
        july += weather_.At(kStart + days{182} + hours{h}).air_temperature / (31 * 24);
        january += weather_.At(kStart + hours{h}).air_temperature / (31 * 24);
    }
    for (int h = 0; h < kHoursOfTwoYears; ++h) {
        frost_hours += weather_.At(kStart + hours{h}).air_temperature < 0.0 ? 1 : 0;
    }
    EXPECT_GT(july, 14.0);
    EXPECT_LT(january, 5.0);
    EXPECT_GT(frost_hours, 500);
}

TEST_F(WeatherTest, AnotherSeedIsAnotherYear) {
    const Weather other(2, Climate{});
    EXPECT_NE(weather_.Rain(kStart, kStart + days{365}), other.Rain(kStart, kStart + days{365}));
    EXPECT_EQ(
        Weather(1, Climate{}).At(kStart).air_temperature, weather_.At(kStart).air_temperature
    );
}

TEST_F(WeatherTest, TheSouthHasItsSummerInJanuary) {
    const Weather south(1, Climate{.latitude = -34.0});
    const double january = ToSeconds((kStart + days{20}).time_since_epoch());
    EXPECT_GT(south.Summer(january), 0.9);
    EXPECT_LT(weather_.Summer(january), 0.1);
    const auto noon = [](const Weather& w, int day) {
        return w.At(kStart + days{day} + hours{11}).solar_radiation;
    };
    double here = 0.0;
    double there = 0.0;
    for (int d = 0; d < 30; ++d) here += noon(weather_, d);
    for (int d = 0; d < 30; ++d) there += noon(south, d);
    EXPECT_GT(there, 2.0 * here);
}

}  // namespace
}  // namespace tilth::field
