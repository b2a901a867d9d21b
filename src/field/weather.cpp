#include "field/weather.h"

#include "field/noise.h"
#include "soil/thermal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tilth::field {
namespace {

constexpr double kTwoPi = 2.0 * std::numbers::pi;
constexpr double kDay = soil::kSecondsPerDay;
constexpr double kSlot = 6.0 * 3600.0;
constexpr double kLongestStorm = 10.0 * 3600.0;
constexpr double kGaugeTip = 0.1;  // mm

double Wave(double seconds, double period, double crest) {
    return std::cos(kTwoPi * (seconds - crest) / period);
}

/// Saturation vapour pressure in hPa (Magnus; WMO-No. 8), degC.
double VapourPressure(double temperature) {
    return 6.112 * std::exp(17.62 * temperature / (243.12 + temperature));
}

}  // namespace

double Weather::Summer(double seconds) const {
    const double wave = Wave(seconds, soil::kSecondsPerYear, kWarmestDay * kDay);
    return 0.5 * (1.0 + (climate_.latitude < 0.0 ? -wave : wave));
}

double Weather::Wetness(double seconds) const {
    return 0.6 * Smooth(seed_, Stream::kWetness, seconds / (1.7 * kDay)) +
           0.4 * Smooth(seed_ + 1, Stream::kWetness, seconds / (9.0 * kDay));
}

double Weather::AnnualWave(double seconds) const {
    return climate_.mean_temperature + climate_.annual_amplitude * (2.0 * Summer(seconds) - 1.0);
}

double Weather::FastAnomaly(double seconds) const {
    return 0.5 * climate_.synoptic_amplitude *
           Smooth(seed_, Stream::kSynoptic, seconds / kFastCell);
}

double Weather::SlowAnomaly(double seconds) const {
    return 0.7 * climate_.synoptic_amplitude *
           Smooth(seed_ + 1, Stream::kSynoptic, seconds / kSlowCell);
}

double Weather::DailyAmplitude(double seconds) const {
    const double clear = std::clamp(0.5 - 0.8 * Wetness(seconds), 0.0, 1.0);
    return (1.5 + 3.0 * Summer(seconds)) * (0.4 + 0.9 * clear);
}

double Weather::SolarHour(double seconds) const {
    const double hour = seconds / 3600.0 + climate_.longitude / 15.0;
    return hour - 24.0 * std::floor(hour / 24.0);
}

double Weather::ClearSky(double seconds) const {
    // Declination after Cooper (1969); clear-sky global radiation after Haurwitz (1945).
    const double day =
        seconds / kDay - 365.2425 * std::floor(seconds / soil::kSecondsPerYear) + 1.0;
    const double declination =
        23.45 * std::numbers::pi / 180.0 * std::sin(kTwoPi * (284.0 + day) / 365.0);
    const double latitude = climate_.latitude * std::numbers::pi / 180.0;
    const double hour_angle = (SolarHour(seconds) - 12.0) * std::numbers::pi / 12.0;
    const double height = std::sin(latitude) * std::sin(declination) +
                          std::cos(latitude) * std::cos(declination) * std::cos(hour_angle);
    return height <= 0.01 ? 0.0 : 1098.0 * height * std::exp(-0.057 / height);
}

Storm Weather::StormIn(int64_t slot) const {
    Random random(Draw(seed_, Stream::kStorm, static_cast<uint64_t>(slot)));
    const double begin = static_cast<double>(slot) * kSlot;
    const double summer = Summer(begin);
    const double chance = std::clamp(0.105 + 0.30 * Wetness(begin), 0.002, 0.6);
    if (random.Uniform() >= chance) return {};
    Storm storm;
    storm.start = begin + kSlot * random.Uniform();
    // Long and gentle in winter, short and heavy in summer.
    storm.duration = (1.0 - 0.65 * summer) * random.Uniform(0.2, 1.0) * kLongestStorm;
    storm.depth = std::min(60.0, (3.2 + 1.6 * summer) * -std::log(1.0 - random.Uniform()));
    return storm;
}

double Weather::RainRate(double seconds) const {
    const auto last = static_cast<int64_t>(std::floor(seconds / kSlot));
    double rate = 0.0;
    for (int64_t slot = last - 2; slot <= last; ++slot) rate += StormIn(slot).Rate(seconds);
    return rate;
}

double Weather::Rain(Time from, Time to) const {
    const double begin = Seconds(from);
    const double end = Seconds(to);
    double sum = 0.0;
    const auto last = static_cast<int64_t>(std::floor(end / kSlot));
    for (auto slot = static_cast<int64_t>(std::floor((begin - kLongestStorm) / kSlot));
         slot <= last;
         ++slot) {
        const Storm storm = StormIn(slot);
        sum += storm.Fallen(end) - storm.Fallen(begin);
    }
    return sum;
}

double Weather::GaugedRain(Time from, Time to) const {
    // The bucket is emptied at midnight UTC, so that the count before a time needs no more than its
    // day.
    double tips = 0.0;
    while (from < to) {
        const Time day = FloorDay(from);
        const Time end = std::min(to, day + std::chrono::days{1});
        tips += std::floor(Rain(day, end) / kGaugeTip) - std::floor(Rain(day, from) / kGaugeTip);
        from = end;
    }
    return tips * kGaugeTip;
}

WeatherSample Weather::At(Time t) const {
    const double s = Seconds(t);
    const double rain = RainRate(s);
    const double rainy = rain / (rain + 0.3);

    WeatherSample sample{};
    sample.rain_rate = rain;
    const double sky = 0.5 + 0.75 * Wetness(s) + 0.2 * Smooth(seed_, Stream::kCloud, s / 5400.0);
    sample.cloudiness = std::max(std::clamp(sky, 0.0, 1.0), 0.95 * rainy);
    // Kasten & Czeplak (1980).
    sample.solar_radiation = ClearSky(s) * (1.0 - 0.75 * std::pow(sample.cloudiness, 3.4));

    const double amplitude = DailyAmplitude(s);
    const double mean = AnnualWave(s) + FastAnomaly(s) + SlowAnomaly(s);
    const double day = std::cos(kTwoPi * (SolarHour(s) - kWarmestHour) / 24.0);
    sample.air_temperature = mean + amplitude * day - 1.5 * rainy;

    const double dew_point = mean - 0.9 * amplitude - 1.8 + 1.5 * Wetness(s);
    const double humidity =
        100.0 * VapourPressure(dew_point) / VapourPressure(sample.air_temperature);
    sample.relative_humidity = std::clamp(humidity + (98.0 - humidity) * 0.8 * rainy, 10.0, 100.0);

    const double gusts = 0.5 * Smooth(seed_, Stream::kWind, s / (6.0 * 3600.0)) +
                         0.7 * Smooth(seed_ + 1, Stream::kWind, s / (1.5 * kDay));
    sample.wind_speed = 2.4 * std::exp(gusts) * (1.0 + 0.25 * day);
    return sample;
}

}  // namespace tilth::field
