// Live updates: reads the processed store's change feed once and shares what changed with any
// number of subscribers, as text for server-sent events (docs/api.md, /api/v1/events).
//
// One thread reads; an event is rendered once and shared. A subscriber's queue has a limit: one
// that does not keep up loses its queue and gets a "reset" in its place, so that memory is bounded
// whatever clients do. A token (the "id" line) follows the events of a commit: who resumes after it
// misses nothing.
#pragma once

#include "base/clock.h"
#include "query/catalog.h"
#include "query/export.h"
#include "store/processed_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tilth::live {

struct HubOptions {
    size_t max_queue_bytes = 1 << 20;                ///< Of one subscriber
    size_t max_rows = 1000;                          ///< Of one event; more: the range only
    Duration poll = std::chrono::milliseconds{500};  ///< Looks this often even without Notify
    Duration states = std::chrono::seconds{5};       ///< Looks this often for live, late and silent
};

/// Gives the text that waits, little more than 64 KB; empty: nothing now. Destroying the
/// last copy ends the subscription, after which its `wake` is not called any more. Not for several
/// threads at once.
using Take = std::function<std::string()>;

class Hub {
  public:
    /// Store, clock and names outlive the hub. Starts its thread.
    Hub(ProcessedStore& store,
        const Clock& clock,
        query::TestName test_name,
        HubOptions options = {});
    /// Subscriptions may live longer; they get nothing any more.
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Something was committed: look now. Cheap, from any thread.
    void Notify();

    /// The rows of a commit to the active generation, from who committed it: saves reading them
    /// back, which counts when hundreds of series change in a commit. Used while tokens follow each
    /// other by one and every commit is offered; otherwise the feed is read. Cheap, from any
    /// thread; notifies.
    void Offer(ChangeToken token, std::span<const SeriesChange> changes);

    /// Events of these datastreams (empty: all) after the token (none: from now on). `wake` is
    /// called from the hub's thread when the queue is no longer empty; it must not block or
    /// subscribe. kUnavailable while the store is away.
    Result<Take> Subscribe(
        std::vector<DatastreamId> datastreams,
        std::optional<ChangeToken> after,
        std::function<void()> wake
    );

    size_t Subscribers() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tilth::live
