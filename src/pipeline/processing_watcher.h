// Where other processes make the results: what this one sees of their work.
#pragma once

#include "pipeline/processing.h"
#include "pipeline/processing_report.h"

namespace tilth::pipeline {

/// Not thread-safe.
class ProcessingWatcher {
  public:
    /// All outlive the watcher.
    ProcessingWatcher(
        ProcessedStore& processed, ProcessingReport& report, const OnCommit& on_commit
    )
        : processed_(processed), report_(report), on_commit_(on_commit) {}

    /// One look: reports the generations, and tells `on_commit` when somebody has committed since
    /// the last one. kUnavailable: no process has begun yet.
    Status Look();

  private:
    ProcessedStore& processed_;
    ProcessingReport& report_;
    const OnCommit& on_commit_;
    ChangeToken seen_{};
};

}  // namespace tilth::pipeline
