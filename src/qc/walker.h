// The way of late and replaced readings: pulls the stored rows from a checkpoint before the change
// on, merges what is new, computes forward until nothing can differ any more, and gives out what
// does.
#pragma once

#include "qc/runner.h"
#include "qc/series_reader.h"

#include <vector>

namespace tilth::qc {

/// What makes a walk necessary.
struct Change {
    TimeRange touched;              ///< From the first to the last changed time.
    std::vector<Observation> late;  ///< Rows to be merged in, in time order.
    std::vector<uint8_t> merged;    ///< By row of `late`: taken in by the walk.
    std::span<const Arrival> tail;  ///< What follows the series' last row.
};

class Walker {
  public:
    Walker(const Checker& checker, const Surroundings& around, const Runner& runner)
        : checker_(checker),
          source_(around.source),
          reader_(checker, around.source),
          runner_(runner) {}

    /// Walks. Returns true when it came to the end of the series: then `state` is the new end and
    /// `change.tail` is taken in; otherwise `state` stays as it is and is right.
    Result<bool> Run(Change& change, SeriesState& state, SeriesOutput& out);
    /// Makes `state` the end of the stored series.
    Status Restore(SeriesState& state);

  private:
    struct Chunk {
        TimeRange range;
        bool last = false;
    };

    Chunk FirstChunk(Time from, Time touched) const;
    Chunk NextChunk(const Chunk& chunk, size_t rows) const;
    Status BeginAt(FoldStart start);
    Result<Time> FirstPending();
    /// The number of stored rows met.
    Result<size_t> WalkChunk(const Chunk& chunk, Change& change);
    void PushMerged(const std::vector<Observation>& stored, TimeRange range, Change& change);
    bool CanStop(const Change& change, Time hi, const SeriesState& resident);
    bool AgreesAt(Time boundary) const;
    void NoteEmitted(Time touched_end);
    static void LeaveUnsettled(Time done, Change& change);
    void GiveDifferences(Time before, SeriesOutput& out);
    void GiveCheckpoints(Time from, SeriesOutput& out);
    void Finish(SeriesState& state);

    const Checker& checker_;
    RowSource& source_;
    SeriesReader reader_;
    const Runner& runner_;
    SeriesState work_;
    Time end_ = Time::min();     ///< Of the last row that the walk may meet.
    Time agreed_ = Time::max();  ///< From this checkpoint on nothing changes.
    std::vector<Observation> stored_;
    std::vector<Observation> computed_;
    std::vector<Time> after_change_;
    std::vector<SavedFold> old_checkpoints_;
    std::vector<SavedFold> new_checkpoints_;
};

}  // namespace tilth::qc
