// Pseudo-random numbers that are the same everywhere for the same seed.
// The standard library's distributions differ between implementations, so they are not used.
#pragma once

#include <cstdint>

namespace tilth {

/// SplitMix64 (Steele, Lea, Flood 2014): a good 64-bit mix of its argument; also a hash of
/// counters.
constexpr uint64_t Mix64(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/// A small generator: state is one counter, so that a stream can be started anywhere.
class Random {
  public:
    explicit constexpr Random(uint64_t seed) : state_(seed) {}

    constexpr uint64_t Next() { return Mix64(state_++); }
    /// Uniform in [0, 1), 53 bits.
    constexpr double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
    constexpr double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
    /// Uniform in [0, n); 0 < n < 2^53.
    constexpr uint64_t Below(uint64_t n) {
        return static_cast<uint64_t>(Uniform() * static_cast<double>(n));
    }
    /// Standard normal (Box-Muller, one of the pair).
    double Normal();

  private:
    uint64_t state_;
};

}  // namespace tilth
