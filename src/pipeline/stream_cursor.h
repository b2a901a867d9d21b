// Where a generation stands in the stream: for each writer and partition the last record that took
// effect.
#pragma once

#include "store/processed_store.h"
#include "store/stream_store.h"

#include <map>
#include <vector>

namespace tilth::pipeline {

class StreamCursor {
  public:
    /// Loads the cursors of a generation; only the partitions of `mine` are read and moved.
    static Result<StreamCursor> Load(
        ProcessedStore& store, GenerationId generation, PartitionSet mine
    );

    /// Visits records that are not processed, as many as room() says there is room for (0: enough),
    /// or until `visit` returns false; remembers how far it came. The records of a writer come in
    /// sequence; writers take turns.
    Status Read(
        StreamStore& stream, const RecordVisitor& visit, const std::function<size_t()>& room
    );
    /// The moves of the last Read, to be committed with its results.
    const std::vector<CursorMove>& moves() const { return moves_; }
    /// True when the last Read left nothing of what could be read at its start.
    bool caught_up() const { return caught_up_; }
    /// The moves were committed.
    void Advance();
    /// Records between the cursors and the end of the stream, over all partitions of a writer
    /// together.
    uint64_t Lag(const std::vector<WriterInfo>& writers) const;

  private:
    explicit StreamCursor(PartitionSet mine) : mine_(mine) {}
    Status ReadWriter(
        StreamStore& stream,
        const WriterInfo& writer,
        const RecordVisitor& visit,
        const std::function<size_t()>& room
    );

    PartitionSet mine_;
    std::map<WriterId, std::vector<Sequence>> at_;
    std::vector<CursorMove> moves_;
    bool caught_up_ = false;
    WriterId last_full_{};  ///< The writer whose records did not all find room; 0: none.
};

}  // namespace tilth::pipeline
