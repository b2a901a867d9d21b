// Messages on their way from the threads that publish to the thread that writes.
#pragma once

#include "ingest/mqtt/outbound.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tilth::mqtt {

/// Thread-safe. Messages are encoded by the thread that publishes.
class PublishQueue {
  public:
    enum class Added : uint8_t {
        kNo,      ///< The queue is full.
        kYes,     ///< Added; the writer knows that there is something.
        kWakeUp,  ///< Added, and the writer must be woken.
    };

    PublishQueue(Version version, size_t max_messages, size_t max_bytes);

    Added Add(const Publish& publish, uint64_t user_token);
    /// Waits until Add would take a message; false when the time is over.
    bool WaitForRoom(std::chrono::milliseconds limit);

    /// The writer: moves everything to an idle Outbound. False when there was nothing; the next Add
    /// wakes.
    bool MoveTo(Outbound& outbound);
    /// The writer: how many messages the Outbound has left.
    void NoteOutbound(size_t pending);

    /// Messages added and not ended (QoS 0: not sent).
    size_t pending() const;

  private:
    bool HasRoom() const {
        return block_.items.size() < max_messages_ && block_.bytes.size() < max_bytes_;
    }

    const Version version_;
    const size_t max_messages_;
    const size_t max_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    PublishBlock block_;
    size_t outbound_pending_ = 0;
    bool writer_sleeps_ = true;
};

}  // namespace tilth::mqtt
