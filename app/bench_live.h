// A lab that is measured while messages run through it.
#pragma once

#include "app/bench.h"
#include "app/bench_place.h"
#include "app/bench_publisher.h"

namespace tilth::app {

/// What one round of messages took, from the first that was published.
struct LiveRound {
    double stored_seconds = 0;     ///< Until the last was durable.
    double processed_seconds = 0;  ///< Until the last was processed.
    double cpu_micros = 0;         ///< Of the lab, a message.
    double broker_micros = 0;      ///< CPU of the broker, a message.
    double publisher_micros = 0;   ///< CPU of the publisher, a message.
};

/// A broker and a lab on it, as `tilth up --no-emulate` makes them.
class LiveBench {
  public:
    /// Starts both and registers every series; `total` messages will follow.
    static Result<std::unique_ptr<LiveBench>> Start(
        const std::filesystem::path& folder, uint32_t series, uint64_t total
    );

    /// Publishes `count` messages and waits until they are processed.
    Result<LiveRound> Run(uint64_t count);

    Lab& lab() { return *lab_; }
    uint16_t port() const { return broker_.port; }
    uint64_t sent() const { return sent_; }

  private:
    LiveBench(BenchBroker broker, uint32_t series) : broker_(std::move(broker)), series_(series) {}
    Status WaitUntilProcessed(uint64_t count, double& stored_seconds);

    BenchBroker broker_;
    const uint32_t series_;
    Time start_{};
    uint64_t sent_ = 0;
    std::unique_ptr<Lab> lab_;
};

}  // namespace tilth::app
