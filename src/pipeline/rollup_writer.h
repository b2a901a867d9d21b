// Keeps the roll-ups of one datastream true while its rows change.
//
// A bucket's statistics are stored once the datastream has a row at or after the bucket's end. So a
// new reading mostly costs nothing; the first one of the next hour closes an hour. The rows of the
// open day are held in memory while all series together have room for theirs, else those of the
// open hour; others are read back.
#pragma once

#include "pipeline/rollup.h"
#include "store/processed_store.h"

#include <functional>
#include <optional>
#include <vector>

namespace tilth::pipeline {

/// How many rows all series together may hold in memory.
struct OpenRows {
    size_t most = 1'000'000;  ///< 24 MB: the open days of 10,000 series at 15 min, the open hours
                              ///< of as many at 36 s.
    size_t held = 0;
};

class RollupWriter {
  public:
    /// Reads the rows of the datastream in a range as they are now, changes of this transaction
    /// included.
    using ReadRows = std::function<Result<std::vector<Observation>>(TimeRange)>;

    /// What must be written: replace the roll-ups that start in the range.
    struct Change {
        RollupLevel level = RollupLevel::kHour;
        TimeRange range;
        std::vector<Rollup> rows;
    };

    /// `last`: the datastream's last row so far, nullopt without any. `open_rows` is shared by all
    /// series; it outlives the writer.
    explicit RollupWriter(OpenRows& open_rows, std::optional<Time> last = {})
        : open_rows_(&open_rows), last_(last) {}

    /// Gives what is stored from `from` to the series' end, before the first Update: spares reading
    /// it when the open bucket closes.
    void Hold(Time from, std::span<const Observation> rows);
    /// What Update would read for a change of `range` whose last row is at `last_row`; empty:
    /// nothing. May name more than it reads.
    TimeRange WouldRead(TimeRange range, Time last_row) const;

    /// The rows of `range` are now exactly `rows`. Appends what follows from it to `changes`.
    Status Update(
        TimeRange range,
        std::span<const Observation> rows,
        const ReadRows& read,
        std::vector<Change>& changes
    );

  private:
    void UpdateOpen(TimeRange range, std::span<const Observation> rows);
    void TrimOpen();
    bool HasRoom();
    Status Close(
        RollupLevel level, TimeRange buckets, const ReadRows& read, std::vector<Change>& changes
    );

    OpenRows* open_rows_;
    size_t held_ = 0;  ///< This series' part of OpenRows::held.
    std::optional<Time> last_;
    /// Counting rows from open_from_ on, when open_known_; in order.
    std::vector<StatRow> open_;
    Time open_from_{};
    bool open_known_ = false;
};

}  // namespace tilth::pipeline
