#include "field/ground_heat.h"

#include "soil/thermal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tilth::field {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Time kStart = ParseRfc3339("2024-01-01T00:00:00Z").value();
constexpr GroundHeat kGround{5e-7, 0.9, 0.8};

class GroundHeatTest : public testing::Test {
  protected:
    double At(double depth, Time t) const { return GroundTemperature(weather_, kGround, depth, t); }

    struct Span {
        double low = 1e9;
        double high = -1e9;
        Time warmest;
        double Range() const { return high - low; }
    };
    Span Over(double depth, Time from, Duration length, Duration step) const {
        Span span;
        for (Time t = from; t < from + length; t += step) {
            const double now = At(depth, t);
            if (now > span.high) span.warmest = t;
            span.high = std::max(span.high, now);
            span.low = std::min(span.low, now);
        }
        return span;
    }

    Weather weather_{1, Climate{.synoptic_amplitude = 0.0}};
};

TEST_F(GroundHeatTest, TheDailyWaveIsDampedAndDelayedByTheory) {
    const Time june = kStart + days{150};
    const Span shallow = Over(0.05, june, days{1}, minutes{5});
    const Span deep = Over(0.20, june, days{1}, minutes{5});
    const double d = soil::DampingDepth(kGround.diffusivity, soil::kSecondsPerDay);
    EXPECT_GT(shallow.Range(), 2.0);
    // Wetness and season move the amplitude a little within the day.
    EXPECT_NEAR(deep.Range() / shallow.Range(), std::exp(-0.15 / d), 0.12);
    const double delay = soil::WaveDelay(kGround.diffusivity, soil::kSecondsPerDay, 0.15);
    EXPECT_NEAR(ToSeconds(deep.warmest - shallow.warmest), delay, 5400.0);
    EXPECT_LT(Over(0.50, june, days{1}, minutes{5}).Range(), 0.1 * shallow.Range());
}

TEST_F(GroundHeatTest, TheYearlyWaveIsDampedAndDelayedByTheory) {
    // Days apart from the daily wave: the mean of a day's hours.
    const auto daily = [&](double depth, int day) {
        double sum = 0.0;
        for (int h = 0; h < 24; ++h) sum += At(depth, kStart + days{day} + hours{h}) / 24.0;
        return sum;
    };
    int warmest_shallow = 0;
    int warmest_deep = 0;
    for (int day = 100; day < 330; ++day) {
        if (daily(0.05, day) > daily(0.05, warmest_shallow)) warmest_shallow = day;
        if (daily(1.00, day) > daily(1.00, warmest_deep)) warmest_deep = day;
    }
    const double delay = soil::WaveDelay(kGround.diffusivity, soil::kSecondsPerYear, 0.95);
    EXPECT_NEAR(warmest_deep - warmest_shallow, delay / 86'400.0, 6.0);
    EXPECT_LT(daily(1.00, warmest_deep), daily(0.05, warmest_shallow) - 1.0);
}

TEST_F(GroundHeatTest, FrostComesSlowlyAndNotDeep) {
    const Weather cold(1, Climate{.mean_temperature = 2.0});
    double shallow = 0.0;
    double deep = 0.0;
    double air = 0.0;
    for (Time t = kStart; t < kStart + days{60}; t += hours{1}) {
        shallow = std::min(shallow, GroundTemperature(cold, kGround, 0.05, t));
        deep = std::min(deep, GroundTemperature(cold, kGround, 0.50, t));
        air = std::min(air, cold.At(t).air_temperature);
    }
    EXPECT_LT(shallow, -1.0);
    EXPECT_GT(shallow, 0.6 * air);
    EXPECT_GT(deep, shallow);
}

}  // namespace
}  // namespace tilth::field
