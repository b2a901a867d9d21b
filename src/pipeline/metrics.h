// What the roles count for Prometheus; docs/operations.md says how to read it.
//
// Each is made once a process and outlives the role that counts. Threads: as telemetry/metrics.h.
#pragma once

#include "telemetry/metrics.h"

#include <string_view>

namespace tilth::pipeline {

struct RouteMetrics {
    explicit RouteMetrics(telemetry::Metrics& metrics);

    telemetry::Counter& messages;    ///< Stored.
    telemetry::Counter& duplicates;  ///< Recognised as stored before.
    telemetry::Counter& bytes;       ///< Payloads of the stored.
    telemetry::Counter& failures;    ///< Commits that the store did not take.
    telemetry::Histogram& commit_seconds;
    telemetry::Histogram& commit_messages;
};

struct ProcessMetrics {
    explicit ProcessMetrics(telemetry::Metrics& metrics);

    /// Records that could not be understood, by code ("not_json", ...).
    telemetry::Counter& DeadLetters(std::string_view code);

    telemetry::Counter& records;
    telemetry::Counter& readings;
    telemetry::Counter& rows;      ///< Written.
    telemetry::Counter& revised;   ///< Of them, where final rows may have stood before.
    telemetry::Counter& failures;  ///< Steps that a store did not take.
    telemetry::Counter& lease_changes;
    telemetry::Histogram& step_seconds;
    telemetry::Histogram& step_rows;

  private:
    telemetry::Metrics& metrics_;
};

}  // namespace tilth::pipeline
