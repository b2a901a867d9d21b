// Which numbers a lab shows to Prometheus, and where each comes from.
#include "app/lab.h"
#include "app/web_server.h"
#include "pipeline/lag.h"

#include <limits>

namespace tilth::app {
namespace {

/// A counter follows a count that somebody else keeps.
void Follow(telemetry::Counter& counter, uint64_t count) {
    if (count > counter.Value()) counter.Add(count - counter.Value());
}

void RefreshRoute(telemetry::Metrics& m, const MqttSource& source) {
    const pipeline::RouterStatistics route = source.RouterStatistics();
    m.AddGauge("tilth_route_unacknowledged_messages", "Received and not yet durable.")
        .Set(double(route.waiting));
    m.AddGauge("tilth_route_store_away", "1 while the stream store does not take messages.")
        .Set(route.store_away);
    m.AddGauge("tilth_route_connected", "1 while subscribed at the broker.")
        .Set(source.Describe().state == "connected");
}

/// Where a store cannot be asked, the last numbers stand, and the lag's age is unknown.
void RefreshLag(Lab& lab) {
    auto& m = lab.metrics;
    auto& age = m.AddGauge(
        "tilth_process_oldest_unprocessed_seconds", "Age of the oldest unprocessed record."
    );
    const Result<pipeline::Lag> lag = pipeline::MeasureLag(*lab.stream, *lab.processed);
    if (!lag) return age.Set(std::numeric_limits<double>::quiet_NaN());
    age.Set(lag->oldest ? ToSeconds(lab.clock.Now() - *lag->oldest) : 0);
    m.AddGauge("tilth_process_lag_records", "Raw records not yet processed.")
        .Set(double(lag->most));
    for (size_t partition = 0; partition < kPartitions; ++partition) {
        m.AddGauge(
             "tilth_process_partition_lag_records",
             "Raw records behind the cursor of a partition, those of other partitions included.",
             {{"partition", std::to_string(partition)}}
        ).Set(double(lag->records[partition]));
    }
}

}  // namespace

void RefreshMetrics(Lab& lab) {
    if (lab.processed) RefreshLag(lab);
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
