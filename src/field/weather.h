// The weather over the field: a function of seed and time, with rain as single storms.
//
// Slow noise moves the air mass (warm or cold, dry or wet); it decides how likely a storm is, how
// cloudy the sky, and through it radiation, humidity and the size of the daily wave. Nothing is
// carried from hour to hour, so any moment costs the same. Thread-safe.
#pragma once

#include "base/time.h"
#include "field/storm.h"

#include <cstdint>

namespace tilth::field {

/// Where the field lies and what its climate is; the defaults are a cool temperate plain with some
/// frost.
struct Climate {
    double latitude = 52.1;           ///< Degrees north, -66 to 66.
    double longitude = 13.8;          ///< Degrees east.
    double mean_temperature = 9.0;    ///< Of the air over the year, degC.
    double annual_amplitude = 10.0;   ///< Warmest less coldest month, halved, degC.
    double synoptic_amplitude = 9.0;  ///< Of the changes from week to week, degC.
};

/// One moment of weather 2 m above ground.
struct WeatherSample {
    double air_temperature;    ///< degC
    double relative_humidity;  ///< %, 10 to 100
    double solar_radiation;    ///< Global radiation on the level, W/m2
    double wind_speed;         ///< m/s
    double rain_rate;          ///< mm/h, snow as its water
    double cloudiness;         ///< 0 to 1
};

class Weather {
  public:
    Weather(uint64_t seed, const Climate& climate) : seed_(seed), climate_(climate) {}

    WeatherSample At(Time t) const;

    /// Rain in [from, to) in mm, exact however the range is cut.
    double Rain(Time from, Time to) const;

    /// What a tipping-bucket gauge of 0.1 mm counts in [from, to), mm.
    double GaugedRain(Time from, Time to) const;

    /// The season: 0 in mid-winter, 1 in mid-summer.
    double Summer(double seconds) const;

    // The parts of the air's temperature, which the soil takes up with a delay of its own
    // (ground_heat.h).
    double AnnualWave(double seconds) const;  ///< Mean and yearly wave, degC.
    /// Deviation by air masses, in parts that change over kFastCell and kSlowCell, degC.
    double FastAnomaly(double seconds) const;
    double SlowAnomaly(double seconds) const;
    /// Amplitude of the daily wave, degC: large under a clear summer sky.
    double DailyAmplitude(double seconds) const;
    /// Hour of the day by the sun, 0 to 24.
    double SolarHour(double seconds) const;

    static constexpr double kFastCell = 2.0 * 86'400.0;
    static constexpr double kSlowCell = 6.0 * 86'400.0;
    /// Hour of the day at which the air is warmest.
    static constexpr double kWarmestHour = 14.5;
    /// Day of the year at which the air is warmest, on the northern half; half a year later on the
    /// southern.
    static constexpr double kWarmestDay = 203.0;

    const Climate& Where() const { return climate_; }

  private:
    double Wetness(double seconds) const;  ///< -1 dry to 1 wet air.
    double ClearSky(double seconds) const;
    /// The storm that begins in a slot of six hours, or one without rain.
    Storm StormIn(int64_t slot) const;
    double RainRate(double seconds) const;

    uint64_t seed_;
    Climate climate_;
};

}  // namespace tilth::field
