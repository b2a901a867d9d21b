// Appends records to the journal, and lets go of what the broker has saved.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "broker_plugin/folder.h"
#include "broker_plugin/refusal.h"
#include "broker_plugin/segment.h"
#include "broker_plugin/writer_options.h"

#include <memory>
#include <string>
#include <vector>

namespace tilth::broker_plugin {

struct WriterStatus {
    uint64_t records = 0;     ///< Taken in this run.
    uint64_t depth = 0;       ///< Of these, not yet known to be in the saved database.
    uint64_t used_bytes = 0;  ///< Of segments that cannot be dropped yet.
    uint64_t limit_bytes = 0;
    uint64_t written_bytes = 0;  ///< In this run.
    uint64_t refused = 0;
    uint64_t syncs = 0;
    Duration sync_total{};  ///< Time spent in them.
    Duration sync_longest{};
    std::string last_error;  ///< Empty while all is well.
};

/// Append, Look and Keep belong to one thread (the broker's); Describe may be called by any. A
/// thread of its own prepares segments, syncs in the background and drops segments.
class JournalWriter {
  public:
    /// `earlier`: segments of earlier runs, whose messages the caller has published again before
    /// the broker's loop begins; they go once a save has them. Two segments are made before this
    /// returns, so a disk without room is an error here: kUnavailable.
    static Result<std::unique_ptr<JournalWriter>> Open(
        JournalFolder folder,
        const WriterOptions& options,
        const BrokerRun& run,
        std::vector<SegmentPath> earlier,
        const Clock& clock
    );
    /// Leaves everything as after a kill.
    ~JournalWriter();

    /// Takes the next number and stores the record under it; `record.counter` is not looked at.
    Appended Append(Record record) noexcept;
    /// The number of the last record, 0 before the first. A refused record uses its number up.
    uint64_t last() const noexcept;
    /// Gives a number to a message that is not stored.
    uint64_t Skip() noexcept;

    /// Notes whether the broker has saved since the last look; to be called often, costs one stat.
    /// `now`: on a clock that never goes back.
    void Look(Time now) noexcept;

    /// While true nothing of this or earlier runs is dropped. Going back to false takes a number:
    /// what was held is dropped only after a save that came later.
    void Hold(bool is_held) noexcept;

    /// After the broker's last save: drops all that it has. False when the saved database does not
    /// say that the broker stopped in good order; everything is kept then.
    bool Finish() noexcept;

    WriterStatus Describe() const;

  private:
    class Impl;
    explicit JournalWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::broker_plugin
