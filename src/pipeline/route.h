// The router: what a broker delivers becomes records in the stream store, and only then is
// acknowledged.
//
// Group commit: while one batch is being committed the next one gathers, so that the disk decides
// how large batches get. A batch in flight is never given up: while the store is away it is tried
// again and nothing more is committed; the caller bounds what it offers by stopping to read from
// its broker.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "model/raw_record.h"
#include "pipeline/metrics.h"
#include "store/stream_store.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tilth::pipeline {

/// A message as a broker delivered it; the views need to live during Offer only.
struct IncomingMessage {
    std::string_view topic;
    std::string_view payload;
    uint8_t qos = 0;
    bool retained = false;
    bool dup = false;                    ///< The broker says that it may have delivered it before.
    uint16_t packet_id = 0;              ///< 0 with QoS 0.
    std::string_view broker_id;          ///< Message id of the broker's plugin, if any.
    std::optional<Time> broker_arrival;  ///< Time of arrival by the plugin, if any.
    /// Not empty: the payload is the first part of a packet over the size limit, and this is its
    /// length and digest.
    std::string_view oversized;
    /// The publisher's trace as it was sent, well-formed or not; empty: none.
    std::string_view traceparent;
    std::string_view tracestate;
};

struct RouterOptions {
    std::string name = "route/tilth";  ///< Of the writer; the broker session it belongs to.
    size_t max_batch_messages =
        8'192;  ///< A batch is committed at the latest when it holds so many,
    size_t max_batch_bytes = 8u << 20;  ///< or so many bytes.
    Duration linger =
        std::chrono::milliseconds{2};  ///< A batch that is not full waits so long for more, and up
                                       ///< to five times while several come in that time.
    /// How many of the last records of this name may still be unacknowledged: those are compared
    /// with redeliveries.
    size_t redelivery_window = 65'535;
    RouteMetrics* metrics = nullptr;  ///< Null: not counted. Outlives the router.
};

struct RouterStatistics {
    uint64_t messages = 0;    ///< Stored.
    uint64_t duplicates = 0;  ///< Recognised as stored before.
    uint64_t bytes = 0;       ///< Payload of the stored.
    uint64_t commits = 0;
    size_t waiting = 0;       ///< Offered, not yet committed.
    bool store_away = false;  ///< The last commit failed; it is being tried again.
    std::string trouble;      ///< Why.
};

class Router {
  public:
    /// Called on the router's thread after a commit, with the number of messages that are durable
    /// since the start, in the order they were offered: the first `count` may be acknowledged.
    using Committed = std::function<void(uint64_t count)>;

    /// Opens a writer in the store and starts the committing thread. The store and clock must
    /// outlive the router.
    static Result<std::unique_ptr<Router>> Start(
        StreamStore& store, const Clock& clock, RouterOptions options, Committed committed
    );
    /// Commits what was offered, then ends the writer.
    ~Router();

    /// Copies the messages into the gathering batch; returns how many were offered so far, in the
    /// terms of Committed. One thread only.
    uint64_t Offer(std::span<const IncomingMessage> messages);
    /// Waits until everything offered is committed, or the time is over; true: all is.
    bool Flush(Duration limit);
    /// Throws the gathering batch away, because its messages will be delivered again. A batch that
    /// is being committed is not touched. Same thread as Offer.
    void Discard();

    RouterStatistics Statistics() const;

  private:
    class Impl;
    explicit Router(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The device key a message seems to carry, for finding it and for sharing out work; never decoded
/// from. The value of "device", "name" or "id" in a JSON object, SenML's "bn", else the topic.
std::string_view DeviceHint(std::string_view topic, std::string_view payload);

/// Where the records of a device go.
PartitionId PartitionOf(std::string_view device);

}  // namespace tilth::pipeline
