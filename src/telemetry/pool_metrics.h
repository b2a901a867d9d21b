// How much of a store's connections a process uses.
#pragma once

#include "telemetry/metrics.h"

namespace tilth::telemetry {

struct PoolMetrics {
    /// `store`: "mongodb", "postgresql".
    PoolMetrics(Metrics& metrics, const std::string& store)
        : in_use(metrics.AddGauge(
              "tilth_store_connections_in_use",
              "Connections to a store that something is being done on.",
              {{"store", store}}
          )),
          limit(metrics.AddGauge(
              "tilth_store_connections_limit",
              "Most connections: of this process to mongodb, of all clients to postgresql.",
              {{"store", store}}
          )) {}

    Gauge& in_use;
    Gauge& limit;
};

/// Counts as a use while it lives. Null: nothing is counted.
class PoolUse {
  public:
    explicit PoolUse(PoolMetrics* metrics) : metrics_(metrics) {
        if (metrics_ != nullptr) metrics_->in_use.Add(1);
    }
    ~PoolUse() {
        if (metrics_ != nullptr) metrics_->in_use.Add(-1);
    }
    PoolUse(PoolUse&& other) noexcept : metrics_(std::exchange(other.metrics_, nullptr)) {}
    PoolUse& operator=(PoolUse&&) = delete;

  private:
    PoolMetrics* metrics_;
};

}  // namespace tilth::telemetry
