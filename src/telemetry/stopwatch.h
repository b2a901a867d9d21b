// How long the parts of a start or a step took, for the log.
#pragma once

#include <chrono>

namespace tilth::telemetry {

/// Milliseconds since it was made, or since Lap was last called.
class Stopwatch {
  public:
    double Lap() {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::duration<double, std::milli> passed = now - since_;
        since_ = now;
        return passed.count();
    }

  private:
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace tilth::telemetry
