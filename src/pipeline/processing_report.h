// What the processing role says of itself: its status for whoever asks, its numbers for Prometheus,
// and its trouble in the log.
#pragma once

#include "pipeline/processing.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace tilth::pipeline {

/// Thread-safe.
class ProcessingReport {
  public:
    /// `metrics` as ProcessingOptions::metrics.
    explicit ProcessingReport(ProcessMetrics* metrics) : metrics_(metrics) {}

    void SetState(const char* state, std::string detail);
    void SetGenerations(
        std::optional<GenerationWork> active, std::optional<GenerationWork> building
    );

    /// What a step of the active generation did.
    void Add(const StepReport& report, std::chrono::steady_clock::duration took);
    /// And one of the generation that is being built, after which `left` records are left.
    void AddBuilding(
        const StepReport& report, std::chrono::steady_clock::duration took, uint64_t left
    );
    void AddLeaseChanges(size_t partitions);

    ProcessingStatus Describe() const;

  private:
    ProcessMetrics* const metrics_;
    mutable std::mutex mutex_;
    ProcessingStatus status_;
};

/// Tells of trouble once, however often it is met. Not thread-safe.
class TroubleTeller {
  public:
    TroubleTeller(ProcessingMode mode, ProcessMetrics* metrics) : mode_(mode), metrics_(metrics) {}

    void Tell(const Error& error);
    void TellThatItGoesOn();

  private:
    const ProcessingMode mode_;
    ProcessMetrics* const metrics_;
    std::string trouble_;  ///< Of the last round; empty: none.
    uint64_t times_ = 0;   ///< That it was met.
};

}  // namespace tilth::pipeline
