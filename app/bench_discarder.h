// A subscriber that does nothing with what it gets: the broker's own ceiling is measured with it.
#pragma once

#include "app/bench_publisher.h"
#include "base/result.h"
#include "ingest/mqtt/client.h"

#include <atomic>
#include <memory>

namespace tilth::app {

/// The cheapest subscriber there can be: it acknowledges what comes and forgets it.
class BenchDiscarder final : public mqtt::Handler {
  public:
    /// Returns when it is subscribed.
    Status Start(uint16_t port);
    uint64_t received() const { return received_; }

  private:
    void OnSubscribed() override { subscribed_ = true; }
    void OnBatch(const mqtt::Batch& batch) override;

    std::atomic<bool> subscribed_ = false;
    std::atomic<uint64_t> received_ = 0;
    mqtt::IoThread thread_;
    std::unique_ptr<mqtt::Client> client_;
};

/// Seconds for `plan` from the publisher to a subscriber that discards.
Result<double> RunToDiscarder(const BenchDiscarder& discarder, const PublishPlan& plan);

}  // namespace tilth::app
