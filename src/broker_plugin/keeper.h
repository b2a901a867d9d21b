// The files of a journal while it is written: makes segments before they are needed, syncs in the
// background, and drops what the broker's saved database has.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "broker_plugin/coverage.h"
#include "broker_plugin/folder.h"
#include "broker_plugin/refusal.h"
#include "broker_plugin/segment.h"
#include "broker_plugin/segment_file.h"
#include "broker_plugin/writer_options.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tilth::broker_plugin {

/// A segment that is being written, or is ready to be.
struct OpenSegment {
    std::shared_ptr<const SegmentFile> file;
    uint64_t sequence = 0;
    uint64_t seed = 0;
    /// Highest numbers written so far: of all but QoS 2 messages, and of these.
    Mark last;

    explicit operator bool() const { return file != nullptr; }
};

/// Thread-safe.
class Keeper {
  public:
    Keeper(
        JournalFolder folder,
        const WriterOptions& options,
        const BrokerRun& run,
        std::vector<SegmentPath> earlier,
        const Clock& clock
    );
    ~Keeper();

    /// Makes the first segment and one more, and starts the thread. kUnavailable.
    Result<OpenSegment> Start();
    /// Ends the thread.
    void Stop();

    /// Exchanges a segment that is full, or `is_failed`, for one with room for `bytes`. Waits while
    /// one is being made.
    Appended Exchange(OpenSegment& segment, size_t bytes) noexcept;

    /// kInterval: there is something to sync in the segment given out last.
    void SetDirty() noexcept { dirty_.store(true, std::memory_order_relaxed); }

    /// kInterval: true once after a sync in the background failed; the segment given out last is
    /// not to be trusted any more.
    bool TakeSyncFailure() noexcept {
        return is_sync_failed_.load(std::memory_order_relaxed) && is_sync_failed_.exchange(false);
    }

    /// A save was seen that has `mark`, if it is a whole one.
    void Offer(const Mark& mark) noexcept;
    /// A mark that was found good since the last call and is worth noting.
    std::optional<Mark> TakeVerified() noexcept;

    /// See JournalWriter::Hold; `number` is the last record's.
    void Hold(bool is_held, uint64_t number) noexcept;

    /// Drops everything; the thread must have ended.
    void DropAll();

    struct State {
        uint64_t segment_bytes = 0;  ///< Of all segments that cannot be dropped yet.
        Mark verified;
        std::string last_error;
    };
    State Describe() const;
    void SetError(std::string_view error) noexcept;

  private:
    struct Closed {
        uint64_t sequence;
        uint64_t bytes;
        Mark last;
        bool is_earlier;  ///< Of an earlier run: any save of this one has it.
    };

    void Work();
    void SyncDirty();
    void MakeNext(std::unique_lock<std::mutex>& lock);
    void Verify(std::unique_lock<std::mutex>& lock);
    bool IsDroppable(const Closed& closed, const Mark& mark) const;
    void DropCovered(const Mark& mark);
    void Drop(uint64_t sequence, uint64_t bytes);
    void GiveOut(OpenSegment fresh, OpenSegment& segment);
    Tried<OpenSegment> Make(uint64_t sequence, size_t bytes, const std::filesystem::path& spare);
    Tried<OpenSegment> MakeCounted(
        std::unique_lock<std::mutex>& lock, size_t bytes, bool may_exceed
    );

    const JournalFolder folder_;
    const WriterOptions options_;
    const BrokerRun run_;
    const Clock& clock_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;   ///< the thread: there is something to do
    std::condition_variable ready_;  ///< Exchange: next_ or failure_ is there
    bool stop_ = false;
    std::shared_ptr<const SegmentFile> active_;
    std::vector<std::shared_ptr<const SegmentFile>> unsynced_;
    OpenSegment next_;
    Appended failure_;  ///< Why there is no next_.
    std::vector<Closed> closed_;
    std::vector<SegmentPath> spares_;
    uint64_t sequence_ = 0;  ///< Used last.
    uint64_t given_ = 0;     ///< Sequence of the segment given out last.
    uint64_t bytes_ = 0;     ///< Of all files.
    bool held_ = false;
    uint64_t released_at_ = 0;  ///< Only a mark that has this number lets anything go.
    std::optional<Mark> offered_;
    std::optional<Mark> verified_;
    bool is_news_ = false;  ///< verified_ was not taken yet.
    Time verified_at_{};
    std::string last_error_;
    std::atomic<bool> dirty_ = false;
    std::atomic<bool> is_sync_failed_ = false;
    std::thread thread_;
};

}  // namespace tilth::broker_plugin
