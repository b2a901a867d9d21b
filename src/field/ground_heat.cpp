#include "field/ground_heat.h"

#include "field/noise.h"
#include "soil/thermal.h"

#include <cmath>
#include <numbers>

namespace tilth::field {
namespace {

constexpr double kFreezingFactor = 0.35;

struct Passage {
    double damping;
    double delay;  // s
};

/// What a depth does to a wave of that period.
Passage Through(double diffusivity, double period, double depth) {
    const double ratio = depth / soil::DampingDepth(diffusivity, period);
    return {std::exp(-ratio), ratio * period / (2.0 * std::numbers::pi)};
}

}  // namespace

double GroundTemperature(const Weather& weather, const GroundHeat& ground, double depth, Time t) {
    const double s = Seconds(t);
    const double mean = weather.Where().mean_temperature;
    const Passage year = Through(ground.diffusivity, soil::kSecondsPerYear, depth);
    const Passage slow = Through(ground.diffusivity, Weather::kSlowCell * kSmoothPeriod, depth);
    const Passage fast = Through(ground.diffusivity, Weather::kFastCell * kSmoothPeriod, depth);
    const Passage day = Through(ground.diffusivity, soil::kSecondsPerDay, depth);

    double temperature =
        mean + ground.offset + year.damping * (weather.AnnualWave(s - year.delay) - mean);
    temperature += slow.damping * weather.SlowAnomaly(s - slow.delay);
    temperature += fast.damping * weather.FastAnomaly(s - fast.delay);
    const double phase = weather.SolarHour(s - day.delay) - Weather::kWarmestHour;
    temperature += day.damping * ground.daily_factor * weather.DailyAmplitude(s - day.delay) *
                   std::cos(2.0 * std::numbers::pi * phase / 24.0);
    return temperature < 0.0 ? kFreezingFactor * temperature : temperature;
}

}  // namespace tilth::field
