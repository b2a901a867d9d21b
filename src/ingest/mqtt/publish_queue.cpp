#include "ingest/mqtt/publish_queue.h"

namespace tilth::mqtt {

PublishQueue::PublishQueue(Version version, size_t max_messages, size_t max_bytes)
    : version_(version), max_messages_(max_messages), max_bytes_(max_bytes) {}

PublishQueue::Added PublishQueue::Add(const Publish& publish, uint64_t user_token) {
    const std::scoped_lock lock(mutex_);
    if (!HasRoom()) return Added::kNo;
    block_.Add(version_, publish, user_token);
    if (!writer_sleeps_) return Added::kYes;
    writer_sleeps_ = false;
    return Added::kWakeUp;
}

bool PublishQueue::WaitForRoom(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return room_.wait_for(lock, limit, [this] { return HasRoom(); });
}

bool PublishQueue::MoveTo(Outbound& outbound) {
    {
        const std::scoped_lock lock(mutex_);
        writer_sleeps_ = block_.items.empty();
        if (writer_sleeps_) return false;
        outbound.Load(block_);
        outbound_pending_ = outbound.pending();
    }
    room_.notify_all();
    return true;
}

void PublishQueue::NoteOutbound(size_t pending) {
    const std::scoped_lock lock(mutex_);
    outbound_pending_ = pending;
}

size_t PublishQueue::pending() const {
    const std::scoped_lock lock(mutex_);
    return block_.items.size() + outbound_pending_;
}

}  // namespace tilth::mqtt
