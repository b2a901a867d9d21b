// What the broker's plugin says of its journal under $SYS/tilth/, as metrics.
#pragma once

#include "app/mqtt_source.h"
#include "telemetry/metrics.h"

#include <memory>

namespace tilth::app {

/// Listens on a connection of its own, apart from the session that messages come by: a broker that
/// gives this user no right to $SYS, or has no plugin, then costs these numbers alone. They appear
/// when the plugin has spoken, and are NaN while the link is down.
class BrokerStatus {
  public:
    /// `metrics` outlives it.
    static Result<std::unique_ptr<BrokerStatus>> Start(
        const BrokerAddress& broker, telemetry::Metrics& metrics
    );
    ~BrokerStatus();

  private:
    class Impl;
    explicit BrokerStatus(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::app
