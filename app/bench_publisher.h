// Publishes a benchmark's messages from a process of its own.
#pragma once

#include "app/bench_child.h"
#include "base/time.h"

namespace tilth::app {

struct PublishPlan {
    uint16_t port = 0;   ///< Of the broker on 127.0.0.1.
    uint64_t first = 0;  ///< Number of the first message.
    uint64_t count = 0;
    uint32_t series = 1000;
    double rate = 0;  ///< Messages a second; 0: as many as the broker takes.
    Time start{};  ///< BenchMessages' time axis; `step` 0: messages bear the moment they are sent.
    Duration step{};
};

/// QoS 1, MQTT 5, 1000 in flight.
class BenchPublisher {
  public:
    /// Returns when it is connected; nothing is sent before Go.
    static Result<std::unique_ptr<BenchPublisher>> Start(const PublishPlan& plan);
    Status Go() { return child_->WriteLine("go"); }
    /// Waits until the broker has acknowledged everything; CPU seconds that took.
    Result<double> Finish();

  private:
    explicit BenchPublisher(std::unique_ptr<BenchChild> child) : child_(std::move(child)) {}
    std::unique_ptr<BenchChild> child_;
};

/// The child's side: says "ready", waits for a line, publishes, says "done".
Status RunBenchPublisher(const PublishPlan& plan);

}  // namespace tilth::app
