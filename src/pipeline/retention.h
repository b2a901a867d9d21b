// Retention: records that are older than an age go from the stream store into archive files, where
// everybody still reads them. Off unless somebody asks for it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "store/archive/archived_stream.h"
#include "store/processed_store.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tilth::pipeline {

/// Younger records stay in the store, where a broker's second delivery is recognised at once.
inline constexpr Duration kLeastArchiveAge = std::chrono::days{1};

struct MoveReport {
    size_t files = 0;
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
    uint64_t file_bytes = 0;
};

/// Passes a time; false: stop now.
using Waiter = std::function<bool(std::chrono::milliseconds)>;

/// Moves what was received before a time and what every generation of results, the active one and
/// one that is being built, has come past; whole ranges of each writer from its start. A move that
/// was cut off is finished first. kConflict: another process is moving; kUnavailable: a store or
/// the disk is away, or there are no results yet. What was moved until then stays moved.
Result<MoveReport> MoveOldRecords(
    archive::ArchivedStream& stream, ProcessedStore& processed, Time before, const Waiter& wait
);

/// Moves records of more than an age, now and once an hour, on a thread of its own, until it is
/// destroyed. What goes wrong is logged and tried again.
class Retention {
  public:
    Retention(
        archive::ArchivedStream& stream, ProcessedStore& processed, const Clock& clock, Duration age
    );
    ~Retention();
    Retention(const Retention&) = delete;
    Retention& operator=(const Retention&) = delete;

  private:
    void Run();
    void MoveOnce();
    /// False: asked to stop.
    bool Wait(std::chrono::milliseconds time);

    archive::ArchivedStream& stream_;
    ProcessedStore& processed_;
    const Clock& clock_;
    const Duration age_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace tilth::pipeline
