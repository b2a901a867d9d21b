#include "pipeline/processing_report.h"

#include "telemetry/log.h"

#include <algorithm>
#include <utility>

namespace tilth::pipeline {
namespace {

using std::chrono::steady_clock;
using telemetry::Level;
using telemetry::Log;

double Seconds(steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

void Count(ProcessMetrics& metrics, const StepReport& report, double seconds) {
    metrics.records.Add(report.records);
    metrics.readings.Add(report.readings);
    metrics.rows.Add(report.rows);
    metrics.revised.Add(report.revised);
    for (const auto& [code, count] : report.dead_letter_codes) metrics.DeadLetters(code).Add(count);
    metrics.step_seconds.Observe(seconds);
    metrics.step_rows.Observe(static_cast<double>(report.rows));
}

}  // namespace

void ProcessingReport::SetState(const char* state, std::string detail) {
    const std::scoped_lock lock(mutex_);
    status_.state = state;
    status_.detail = std::move(detail);
}

void ProcessingReport::SetGenerations(
    std::optional<GenerationWork> active, std::optional<GenerationWork> building
) {
    const std::scoped_lock lock(mutex_);
    status_.active = std::move(active);
    status_.building = std::move(building);
}

void ProcessingReport::Add(const StepReport& report, steady_clock::duration took) {
    const bool has_committed = report.token != ChangeToken{};
    if (metrics_ != nullptr && has_committed) Count(*metrics_, report, Seconds(took));
    const std::scoped_lock lock(mutex_);
    status_.records += report.records;
    status_.readings += report.readings;
    status_.rows += report.rows;
    status_.dead_letters += report.dead_letters;
    status_.commits += has_committed ? 1 : 0;
    status_.busy_seconds += Seconds(took);
}

void ProcessingReport::AddBuilding(
    const StepReport& report, steady_clock::duration took, uint64_t left
) {
    const std::scoped_lock lock(mutex_);
    status_.busy_seconds += Seconds(took);
    if (!status_.building) return;
    status_.building->records_done += report.records;
    status_.building->records_left = left;
}

void ProcessingReport::AddLeaseChanges(size_t partitions) {
    if (metrics_ != nullptr) metrics_->lease_changes.Add(partitions);
}

ProcessingStatus ProcessingReport::Describe() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void TroubleTeller::Tell(const Error& error) {
    const bool waits_for_share = error.fault == Fault::kConflict && mode_ != ProcessingMode::kAlone;
    if (!waits_for_share && metrics_ != nullptr) metrics_->failures.Add();
    ++times_;
    if (std::exchange(trouble_, error.message) == error.message) return;
    times_ = 1;
    if (waits_for_share) {
        Log(Level::kInfo, "processing waits for its share", {{"reason", error.message}});
        return;
    }
    Log(Level::kError, "processing stopped and will go on", {{"reason", error.message}});
}

void TroubleTeller::TellThatItGoesOn() {
    if (trouble_.empty()) return;
    Log(Level::kInfo, "processing goes on", {{"failed_times", times_}});
    trouble_.clear();
}

}  // namespace tilth::pipeline
