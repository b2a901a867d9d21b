// Chance that can be asked at any place in any order: every draw is a hash of what it is for.
//
// A draw is named by (seed, stream, index), never by how many were taken before it. That is what
// makes the emulated field a function of time. Pure, thread-safe.
#pragma once

#include "base/random.h"
#include "base/time.h"

#include <cmath>
#include <cstdint>

namespace tilth::field {

/// What a draw is for. Numbers are part of every value the field gives: append, never renumber.
enum class Stream : uint64_t {
    kStorm = 1,
    kWetness,
    kCloud,
    kSynoptic,
    kWind,
    kColumn,
    kNode,
    kProbe,
    kReading,
    kRadio,
    kClock,
    kFault,
};

/// 64 random bits for (seed, stream, index).
constexpr uint64_t Draw(uint64_t seed, Stream stream, uint64_t index) {
    return Mix64(Mix64(seed ^ (static_cast<uint64_t>(stream) << 56)) ^ Mix64(index));
}

/// Bits to a number in [0, 1).
constexpr double Unit(uint64_t bits) {
    return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

/// Bits to a number in [-1, 1).
constexpr double Signed(uint64_t bits) {
    return 2.0 * Unit(bits) - 1.0;
}

/// Bits to a number that is nearly standard normal, within +-3.46: the sum of four 16-bit uniforms,
/// which costs no logarithm. (Irwin-Hall, n = 4.)
constexpr double Bell(uint64_t bits) {
    const uint64_t sum =
        (bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48);
    return (static_cast<double>(sum) * 0x1.0p-16 - 2.0) * 1.7320508075688772;
}

/// Smooth noise in [-1, 1): a random value at every whole x, joined by smooth steps. Its main
/// period is about 2.5. Continuous in x.
inline double Smooth(uint64_t seed, Stream stream, double x) {
    const double whole = std::floor(x);
    const auto cell = static_cast<uint64_t>(static_cast<int64_t>(whole));
    const double f = x - whole;
    const double a = Signed(Draw(seed, stream, cell));
    const double b = Signed(Draw(seed, stream, cell + 1));
    return a + (b - a) * f * f * (3.0 - 2.0 * f);
}

/// The main period of Smooth, as a multiple of its cell.
constexpr double kSmoothPeriod = 2.5;

/// Seconds since 1970 as a real number.
constexpr double Seconds(Time t) {
    return ToSeconds(t.time_since_epoch());
}

}  // namespace tilth::field
