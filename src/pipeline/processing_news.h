// What others tell the processing thread, and how it waits for them.
#pragma once

#include "base/time.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tilth::pipeline {

/// Thread-safe.
class ProcessingNews {
  public:
    /// Records were stored.
    void Announce();
    /// A generation was made.
    void AskToOpenAnew();
    void Stop();

    bool stopped() const;
    /// Whether somebody asked since the last call.
    bool TakeOpenAnew();
    /// Returns when there is news or `limit` has passed; with news only `linger` after it came, so
    /// that more can gather. A stop ends both at once.
    void Wait(Duration limit, Duration linger);

  private:
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    bool has_news_ = false;
    bool open_anew_ = false;
};

}  // namespace tilth::pipeline
