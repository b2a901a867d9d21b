// The commands of a running lab, on its stores and its processing.
#pragma once

#include "base/clock.h"
#include "pipeline/commands.h"
#include "pipeline/dry_run.h"
#include "pipeline/processing.h"
#include "pipeline/tasks.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"

#include <functional>
#include <memory>

namespace tilth::pipeline {

/// What the commands work on; everything outlives them.
struct LabParts {
    StreamStore& stream;
    ProcessedStore& processed;
    Processing& processing;
    Tasks& tasks;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Health& health;
    std::string version;
    /// For dry runs: previews and replays of a part.
    OpenScratch open_scratch;
    /// Adds what only the composition root knows: roles, broker, messages received.
    std::function<void(LabStatus&)> describe_roles;
    /// Brings gauges up to date before metrics are read.
    std::function<void()> refresh_metrics;
};

std::unique_ptr<Commands> MakeLabCommands(LabParts parts);

/// A file of at most this size can be uploaded.
inline constexpr size_t kMaxUpload = size_t{1} << 30;

}  // namespace tilth::pipeline
