#include "api/live/subscriber.h"

#include "base/append.h"

namespace tilth::live {

void Subscriber::Push(const Event& event, const Event& reset) {
    const std::scoped_lock lock(mutex_);
    fresh_ = true;
    if (bytes_ + event->size() <= max_bytes_) {
        queue_.push_back(event);
        bytes_ += event->size();
        return;
    }
    queue_.assign(1, reset);
    bytes_ = reset->size();
}

void Subscriber::Replace(const Event& event) {
    const std::scoped_lock lock(mutex_);
    queue_.assign(1, event);
    bytes_ = event->size();
    fresh_ = true;
}

void Subscriber::PushToken(ChangeToken token) {
    const std::scoped_lock lock(mutex_);
    token_ = token;
    token_waits_ = true;
}

void Subscriber::WakeIfNeeded() {
    // The lock is kept while waking, so that End can promise that no call comes after it.
    const std::scoped_lock lock(mutex_);
    if (fresh_ && wake_) wake_();
    fresh_ = false;
}

std::string Subscriber::Take(size_t most) {
    const std::scoped_lock lock(mutex_);
    std::string out;
    while (!queue_.empty() && out.size() < most) {
        out += *queue_.front();
        bytes_ -= queue_.front()->size();
        queue_.pop_front();
    }
    // A token may only be given when all that it stands for was given.
    if (!out.empty() && queue_.empty() && token_waits_) AddToken(out);
    return out;
}

void Subscriber::AddToken(std::string& out) {
    Append(out, "id: {}\n\n", Raw(token_));
    token_waits_ = false;
}

void Subscriber::End() {
    const std::scoped_lock lock(mutex_);
    wake_ = nullptr;
    queue_.clear();
    bytes_ = 0;
}

}  // namespace tilth::live
