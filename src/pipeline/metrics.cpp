#include "pipeline/metrics.h"

namespace tilth::pipeline {
namespace {

/// 0.5 ms to 16 s: from a group commit on a fast disk to a store in trouble.
std::vector<double> CommitTimes() {
    return telemetry::ExponentialBounds(0.0005, 2, 16);
}
/// 1 to 262,144.
std::vector<double> CommitSizes() {
    return telemetry::ExponentialBounds(1, 4, 10);
}

}  // namespace

RouteMetrics::RouteMetrics(telemetry::Metrics& metrics)
    : messages(metrics.AddCounter("tilth_route_messages_total", "Messages stored.")),
      duplicates(metrics.AddCounter("tilth_route_duplicates_total", "Redeliveries recognised.")),
      bytes(metrics.AddCounter("tilth_route_bytes_total", "Payload bytes of messages stored.")),
      failures(metrics.AddCounter(
          "tilth_route_failed_commits_total", "Commits that the stream store did not take."
      )),
      commit_seconds(metrics.AddHistogram(
          "tilth_route_commit_seconds", "Time of a commit to the stream store.", CommitTimes()
      )),
      commit_messages(
          metrics.AddHistogram("tilth_route_commit_messages", "Messages a commit.", CommitSizes())
      ) {}

ProcessMetrics::ProcessMetrics(telemetry::Metrics& metrics)
    : records(metrics.AddCounter("tilth_process_records_total", "Raw records processed.")),
      readings(
          metrics.AddCounter("tilth_process_readings_total", "Readings decoded from the records.")
      ),
      rows(metrics.AddCounter("tilth_process_rows_total", "Rows written, revisions included.")),
      revised(metrics.AddCounter(
          "tilth_process_revised_rows_total", "Rows written where final rows may have stood before."
      )),
      failures(
          metrics.AddCounter("tilth_process_failed_steps_total", "Steps that a store did not take.")
      ),
      lease_changes(metrics.AddCounter(
          "tilth_process_lease_changes_total", "Partitions that were gained or lost."
      )),
      step_seconds(metrics.AddHistogram(
          "tilth_process_step_seconds", "Time of a step, commit included.", CommitTimes()
      )),
      step_rows(
          metrics.AddHistogram("tilth_process_step_rows", "Rows written a step.", CommitSizes())
      ),
      metrics_(metrics) {}

telemetry::Counter& ProcessMetrics::DeadLetters(std::string_view code) {
    return metrics_.AddCounter(
        "tilth_process_dead_letters_total",
        "Records that could not be understood.",
        {{"code", std::string(code)}}
    );
}

}  // namespace tilth::pipeline
