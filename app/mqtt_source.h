// Joins Tilth's MQTT client to the router: what a broker delivers is offered, what is committed is
// acknowledged.
#pragma once

#include "app/broker_address.h"
#include "base/clock.h"
#include "ingest/mqtt/client.h"
#include "pipeline/route.h"
#include "telemetry/health.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tilth::app {

struct MqttSourceOptions {
    BrokerAddress broker;
    std::string client_id;  ///< Of the persistent session; stable over restarts.
    std::string group;      ///< Routers of one lab share it; labs on one broker must not.
    std::vector<std::string> filters;  ///< Topics, subscribed to as $share/GROUP/FILTER with QoS 2.
    pipeline::RouteMetrics* metrics = nullptr;  ///< Null: not counted.
};

struct MqttSourceStatus {
    std::string state;  ///< connecting | connected | draining | stopped
    std::string detail;
    uint64_t messages = 0;
    uint64_t losses = 0;  ///< How often the connection was lost since the start.
};

class MqttSource {
  public:
    /// `stored` is called after each commit, on the router's thread. The check "broker" is ready
    /// while subscribed.
    static Result<std::unique_ptr<MqttSource>> Start(
        const MqttSourceOptions& options,
        StreamStore& store,
        const Clock& clock,
        telemetry::Health& health,
        std::function<void()> stored
    );
    /// Stops reading, commits and acknowledges what was read, and leaves without ending the
    /// session.
    ~MqttSource();

    /// Ends the subscriptions: what the broker has queued for this session still comes. Only while
    /// connected. The destructor then ends the session, so that the broker queues nothing more.
    void Drain();

    MqttSourceStatus Describe() const;
    pipeline::RouterStatistics RouterStatistics() const;

  private:
    class Impl;
    explicit MqttSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::app
