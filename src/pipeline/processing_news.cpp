#include "pipeline/processing_news.h"

#include <utility>

namespace tilth::pipeline {

void ProcessingNews::Announce() {
    {
        const std::scoped_lock lock(mutex_);
        has_news_ = true;
    }
    wake_.notify_all();
}

void ProcessingNews::AskToOpenAnew() {
    {
        const std::scoped_lock lock(mutex_);
        open_anew_ = true;
        has_news_ = true;
    }
    wake_.notify_all();
}

void ProcessingNews::Stop() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
}

bool ProcessingNews::stopped() const {
    const std::scoped_lock lock(mutex_);
    return stop_;
}

bool ProcessingNews::TakeOpenAnew() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(open_anew_, false);
}

void ProcessingNews::Wait(Duration limit, Duration linger) {
    std::unique_lock lock(mutex_);
    const bool woken = wake_.wait_for(lock, limit, [this] { return stop_ || has_news_; });
    if (woken && !stop_) wake_.wait_for(lock, linger, [this] { return stop_; });
    has_news_ = false;
}

}  // namespace tilth::pipeline
