// How a temperature wave at the surface travels into the soil: it arrives later and smaller.
// Pure, thread-safe.
#pragma once

#include <cmath>
#include <numbers>

namespace tilth::soil {

constexpr double kSecondsPerDay = 86'400.0;
constexpr double kSecondsPerYear = 365.2425 * kSecondsPerDay;

/// The depth in metres at which a wave of that period (s) has fallen to 1/e: sqrt(2 D / omega),
/// with thermal diffusivity D in m2/s, 1e-7 to 1e-6 in soils (van Wijk & de Vries 1963).
inline double DampingDepth(double diffusivity, double period) {
    return std::sqrt(diffusivity * period / std::numbers::pi);
}

/// A sinusoidal wave at the surface: mean + amplitude sin(2 pi (t - shift) / period). Temperatures
/// in degC, times in seconds.
struct SurfaceWave {
    double mean;
    double amplitude;
    double period;
    double shift;
};

/// Temperature at a depth (m, positive down) in homogeneous soil:
/// mean + A e^(-z/d) sin(omega (t - shift) - z/d).
inline double TemperatureAtDepth(
    const SurfaceWave& wave, double diffusivity, double depth, double seconds
) {
    const double ratio = depth / DampingDepth(diffusivity, wave.period);
    const double phase = 2.0 * std::numbers::pi * (seconds - wave.shift) / wave.period - ratio;
    return wave.mean + wave.amplitude * std::exp(-ratio) * std::sin(phase);
}

/// How long after the surface a depth has its maximum, in seconds: z/d / omega.
inline double WaveDelay(double diffusivity, double period, double depth) {
    return depth / DampingDepth(diffusivity, period) * period / (2.0 * std::numbers::pi);
}

}  // namespace tilth::soil
