// What waits for one client of the live updates.
#pragma once

#include "model/ids.h"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace tilth::live {

/// Text of one or more events, shared by all who want it.
using Event = std::shared_ptr<const std::string>;

/// Thread-safe: the hub pushes, a connection takes.
class Subscriber {
  public:
    Subscriber(std::vector<DatastreamId> datastreams, size_t max_bytes, std::function<void()> wake)
        : datastreams_(datastreams.begin(), datastreams.end()),
          max_bytes_(max_bytes),
          wake_(std::move(wake)) {}

    bool Wants(DatastreamId id) const { return datastreams_.empty() || datastreams_.contains(id); }

    /// Adds an event; over the limit everything that waits is replaced by `reset`.
    void Push(const Event& event, const Event& reset);
    /// Replaces what waits by this one event.
    void Replace(const Event& event);
    /// Notes the token that stands for all pushed so far. It is sent after them, or with the next
    /// events.
    void PushToken(ChangeToken token);
    /// Wakes the connection when something was added since the last call.
    void WakeIfNeeded();

    /// The next events, up to about `most` bytes.
    std::string Take(size_t most);
    /// Afterwards the wake function is not called any more.
    void End();

  private:
    void AddToken(std::string& out);

    const std::set<DatastreamId> datastreams_;
    const size_t max_bytes_;
    std::mutex mutex_;
    std::function<void()> wake_;
    std::deque<Event> queue_;
    size_t bytes_ = 0;
    bool fresh_ = false;   ///< Something was pushed since the last wake
    ChangeToken token_{};  ///< Stands for everything in the queue
    bool token_waits_ = false;
};

}  // namespace tilth::live
