// Where the present comes from: code that needs "now" takes a Clock, so that a test can hold time
// still.
#pragma once

#include "base/time.h"

#include <atomic>

namespace tilth {

/// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Time Now() const = 0;
};

/// The machine's wall clock.
class SystemClock final : public Clock {
  public:
    Time Now() const override {
        return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    }
};

/// A clock that stands still until it is set.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Time start) : now_(ToMicros(start)) {}
    Time Now() const override { return FromMicros(now_.load()); }
    void Set(Time t) { now_.store(ToMicros(t)); }
    void Advance(Duration d) { now_.fetch_add(d.count()); }

  private:
    std::atomic<int64_t> now_;
};

}  // namespace tilth
