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
    struct Step {
        const StepReport& report;
        std::chrono::steady_clock::duration took{};
        uint64_t lag = 0;        ///< Records that are left.
        double lag_seconds = 0;  ///< Of the oldest record.
        uint64_t news = 0;       ///< Announcements before the step looked at the stream.
    };
    void Add(const Step& step);
    /// And one of the generation that is being built, after which `left` records are left.
    void AddBuilding(
        const StepReport& report, std::chrono::steady_clock::duration took, uint64_t left
    );
    void AddLeaseChanges(size_t partitions);
    /// What was announced before this is counted in the status.
    void SettleNews(uint64_t news);

    /// `news`: announcements so far.
    ProcessingStatus Describe(uint64_t news) const;

  private:
    ProcessMetrics* const metrics_;
    mutable std::mutex mutex_;
    ProcessingStatus status_;
    uint64_t settled_news_ = 0;  ///< Announcements that a step that caught up had seen.
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
