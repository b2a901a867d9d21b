// A lab in one process: its stores, and the roles that were asked for on top of them.
#pragma once

#include "app/broker_status.h"
#include "app/field_publisher.h"
#include "app/lab_folder.h"
#include "app/mqtt_source.h"
#include "app/say.h"
#include "app/settings.h"
#include "base/guarded.h"
#include "broker/mosquitto.h"
#include "pipeline/lab_commands.h"
#include "pipeline/processing.h"
#include "pipeline/retention.h"
#include "pipeline/tasks.h"
#include "store/archive/archived_stream.h"
#include "store/processed_store.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"
#include "telemetry/pool_metrics.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tilth::app {

class WebServer;

/// The parts that are up, for threads that ask about them while others start or stop.
struct Running {
    WebServer* web = nullptr;
    const MqttSource* source = nullptr;
    const FieldPublisher* field = nullptr;
    const broker::Mosquitto* mosquitto = nullptr;
};

/// Parts in the order they are made; roles.cpp says which role needs which. Members are destroyed
/// in reverse order.
struct Lab {
    explicit Lab(Settings s);
    ~Lab();

    const Settings settings;
    /// Of the process role; what is shared anyway is never processed alone.
    pipeline::ProcessingMode mode = pipeline::ProcessingMode::kAlone;
    SystemClock clock;
    telemetry::Metrics metrics;
    pipeline::RouteMetrics route_metrics{metrics};
    pipeline::ProcessMetrics process_metrics{metrics};
    std::optional<telemetry::PoolMetrics> stream_pool;     ///< Of stores that are servers.
    std::optional<telemetry::PoolMetrics> processed_pool;  ///< likewise
    telemetry::Health health;
    std::optional<LabFolder> folder;
    std::unique_ptr<archive::ArchivedStream> stream;
    std::unique_ptr<ProcessedStore> processed;
    std::unique_ptr<broker::Mosquitto> mosquitto;
    Guarded<Running> running;
    std::unique_ptr<pipeline::Processing> processing;
    std::unique_ptr<pipeline::Retention> retention;
    std::unique_ptr<pipeline::Tasks> tasks;
    std::unique_ptr<pipeline::Commands> commands;
    std::unique_ptr<WebServer> web;
    std::unique_ptr<Listening> listening;
    std::unique_ptr<MqttSource> source;
    std::unique_ptr<BrokerStatus> broker_status;
    std::unique_ptr<FieldPublisher> field;
};

/// Starts a role and first what it needs, and says each step as it is done. Known are: stream,
/// stores, broker, process, serve, route, field.
Status StartRole(Lab& lab, std::string_view role, Say say);

/// The address a person types to see the dashboard.
std::string DashboardUrl(const Lab& lab);

}  // namespace tilth::app
