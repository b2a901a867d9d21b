// How long to wait before the next attempt to connect.
#pragma once

#include "base/random.h"

#include <algorithm>
#include <chrono>

namespace tilth::mqtt {

/// Doubles from `first` to `longest`, each time between half and all of it, so that many clients do
/// not come back in step. Begins anew after a connection that lasted at least 5 s.
class Backoff {
  public:
    using Millis = std::chrono::milliseconds;

    Backoff(Millis first, Millis longest, uint64_t seed)
        : first_(first), longest_(longest), next_(first), random_(seed) {}

    /// `uptime` is how long the last connection stood; zero when there was none.
    Millis Next(Millis uptime) {
        static constexpr Millis kStable{5'000};
        if (uptime >= kStable) next_ = first_;
        const Millis ceiling = next_;
        next_ = std::min(2 * next_, longest_);
        const double share = random_.Uniform(0.5, 1.0);
        return Millis(static_cast<int64_t>(static_cast<double>(ceiling.count()) * share));
    }

  private:
    Millis first_;
    Millis longest_;
    Millis next_;
    Random random_;
};

}  // namespace tilth::mqtt
