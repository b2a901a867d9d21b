// The messages of a benchmark: single values of many devices, JSON of about 120 bytes.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tilth::app {

/// Message n is of device n % series, one step of time after that device's message before. Values
/// move as a soil's do, slowly and with a little noise, so that checks find nothing to object to.
class BenchMessages {
  public:
    BenchMessages(uint32_t series, Time start, Duration step)
        : series_(series), start_(start), step_(step) {}

    Time TimeOf(uint64_t n) const;
    /// Replaces topic and payload.
    void Make(uint64_t n, Time time, std::string& topic, std::string& payload) const;

  private:
    uint32_t series_;
    Time start_;
    Duration step_;
};

/// Names of the first `count` datastreams that BenchMessages makes.
std::vector<std::string> BenchDatastreams(uint32_t count);

/// Volumetric water content (m3/m3) of a made soil: reading `n` of a series that is read every
/// `step`.
double BenchWaterContent(uint64_t series, uint64_t n, Duration step);

/// The start of a time axis of so many messages that ends an hour ago, for a step of a minute.
Time BenchStart(uint64_t messages, uint32_t series);
inline constexpr Duration kBenchStep = std::chrono::minutes{1};

}  // namespace tilth::app
