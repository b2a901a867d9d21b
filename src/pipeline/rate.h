// How fast a count rises, as of the last few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace tilth::pipeline {

/// Thread-safe. The rate is taken anew when the last sample is at least a second old, so that
/// several who ask see the same.
class Rate {
  public:
    double PerSecond(uint64_t count) {
        const auto now = std::chrono::steady_clock::now();
        const std::scoped_lock lock(mutex_);
        const double seconds = std::chrono::duration<double>(now - at_).count();
        if (at_ == std::chrono::steady_clock::time_point{} || count < count_) {
            rate_ = 0;
        } else if (seconds < 1) {
            return rate_;
        } else {
            rate_ = static_cast<double>(count - count_) / seconds;
        }
        at_ = now;
        count_ = count;
        return rate_;
    }

  private:
    std::mutex mutex_;
    std::chrono::steady_clock::time_point at_{};
    uint64_t count_ = 0;
    double rate_ = 0;
};

}  // namespace tilth::pipeline
