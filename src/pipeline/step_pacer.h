// How much a step may take on, so that it ends before its lease does.
#pragma once

#include "base/time.h"
#include "pipeline/processor.h"

#include <chrono>

namespace tilth::pipeline {

/// A step that outlasts the lease is refused at its commit, and would be begun again for ever. So
/// what it reads is cut down to what lately took a third of the lease, and grows again, twofold at
/// a time, as the stores get faster. One thread.
class StepPacer {
  public:
    /// `most`: what a step takes on when the stores are fast.
    StepPacer(const StepLimits& most, Duration lease)
        : most_(most), limits_(most), target_(lease / 3) {}

    const StepLimits& limits() const { return limits_; }
    /// Of a step with these limits, also one that failed. `is_full`: there was more to read.
    void Note(std::chrono::steady_clock::duration took, bool is_full);

  private:
    static constexpr double kLeastShare = 0.005;  ///< Of `most`.

    const StepLimits most_;
    StepLimits limits_;
    const Duration target_;
    double share_ = 1;  ///< limits_ / most_.
};

}  // namespace tilth::pipeline
