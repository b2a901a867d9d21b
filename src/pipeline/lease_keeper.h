// The lease by which a process may write results: taken, kept, and shared with others anew when
// they join or leave.
#pragma once

#include "pipeline/processing.h"
#include "pipeline/processing_report.h"

#include <chrono>
#include <optional>

namespace tilth::pipeline {

/// Not thread-safe.
class LeaseKeeper {
  public:
    /// All outlive the keeper.
    LeaseKeeper(
        ProcessedStore& processed, const ProcessingOptions& options, ProcessingReport& report
    )
        : processed_(processed), options_(options), report_(report) {}

    /// Takes one unless it is held. kConflict: every partition is somebody else's.
    Status Take();
    /// Renews it when that is due. True: the share has changed, and what was opened with the lease
    /// as it was is void. After an error none is held.
    Result<bool> Keep();
    void Release();

    /// How long until Keep has something to do; at most `most`, which it is where none is held.
    Duration UntilDue(Duration most) const;

    /// Requires: one is held.
    const Lease& lease() const { return *lease_; }
    /// Whether this process decides about generations: one does at a time. Requires: as lease().
    bool Leads() const;

  private:
    Status TakeNew();
    void SetDue();
    Result<bool> ShareAgain();

    ProcessedStore& processed_;
    const ProcessingOptions& options_;
    ProcessingReport& report_;
    std::optional<Lease> lease_;
    std::chrono::steady_clock::time_point due_{};  ///< To be kept.
};

}  // namespace tilth::pipeline
