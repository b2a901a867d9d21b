// Which numbers a lab shows to Prometheus, and where each comes from.
#include "app/lab.h"
#include "app/web_server.h"

namespace tilth::app {
namespace {

/// A counter follows a count that somebody else keeps.
void Follow(telemetry::Counter& counter, uint64_t count) {
    if (count > counter.Value()) counter.Add(count - counter.Value());
}

void RefreshRoute(telemetry::Metrics& m, const MqttSource& source) {
    const pipeline::RouterStatistics route = source.RouterStatistics();
    Follow(m.AddCounter("tilth_route_messages_total", "Messages stored."), route.messages);
    Follow(
        m.AddCounter("tilth_route_duplicates_total", "Redeliveries recognised."), route.duplicates
    );
    Follow(m.AddCounter("tilth_route_bytes_total", "Bytes of stored messages."), route.bytes);
    Follow(
        m.AddCounter("tilth_route_commits_total", "Commits to the stream store."), route.commits
    );
    m.AddGauge("tilth_route_commit_seconds_sum", "Time spent in commits.")
        .Set(route.commit_seconds);
    m.AddGauge("tilth_route_unacknowledged_messages", "Received and not yet durable.")
        .Set(double(route.waiting));
    m.AddGauge("tilth_route_store_away", "1 while the stream store does not take messages.")
        .Set(route.store_away);
    m.AddGauge("tilth_route_connected", "1 while subscribed at the broker.")
        .Set(source.Describe().state == "connected");
}

void RefreshProcess(Lab& lab) {
    const pipeline::ProcessingStatus process = lab.processing->Describe();
    auto& m = lab.metrics;
    Follow(m.AddCounter("tilth_process_records_total", "Raw records processed."), process.records);
    Follow(
        m.AddCounter("tilth_process_readings_total", "Readings decoded from them."),
        process.readings
    );
    Follow(
        m.AddCounter("tilth_process_rows_total", "Rows written, revisions included."), process.rows
    );
    Follow(
        m.AddCounter("tilth_process_dead_letters_total", "Records that could not be understood."),
        process.dead_letters
    );
    Follow(
        m.AddCounter("tilth_process_commits_total", "Commits to the processed store."),
        process.commits
    );
    m.AddGauge("tilth_process_busy_seconds_sum", "Time spent processing.")
        .Set(process.busy_seconds);
    m.AddGauge("tilth_process_lag_records", "Raw records not yet processed.")
        .Set(double(process.lag_records));
    m.AddGauge("tilth_process_lag_seconds", "Age of the oldest record of the last step.")
        .Set(process.lag_seconds);
}

}  // namespace

void RefreshMetrics(Lab& lab) {
    RefreshProcess(lab);
    lab.running.With([&lab](const Running& running) {
        if (running.source != nullptr) RefreshRoute(lab.metrics, *running.source);
        if (running.mosquitto == nullptr) return;
        Follow(
            lab.metrics.AddCounter(
                "tilth_broker_restarts_total", "Times the broker died and was started again."
            ),
            static_cast<uint64_t>(running.mosquitto->restarts())
        );
    });
}

}  // namespace tilth::app
