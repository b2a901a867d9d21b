#include "pipeline/stream_cursor.h"

#include <algorithm>

namespace tilth::pipeline {

Result<StreamCursor> StreamCursor::Load(
    ProcessedStore& store, GenerationId generation, PartitionSet mine
) {
    StreamCursor cursor(mine);
    TILTH_TRY(cursor.at_, store.Cursors(generation));
    return cursor;
}

Status StreamCursor::Read(
    StreamStore& stream, const RecordVisitor& visit, const std::function<size_t()>& room
) {
    moves_.clear();
    caught_up_ = true;
    TILTH_TRY(std::vector<WriterInfo> writers, stream.Writers());
    // Behind the one that took all the room of the last time, so that a large import does not hold
    // up live messages.
    const auto next = std::ranges::upper_bound(writers, last_full_, {}, &WriterInfo::id);
    std::ranges::rotate(writers, next);
    last_full_ = {};
    for (const WriterInfo& writer : writers) {
        if (writer.highest == 0) continue;
        TILTH_CHECK(ReadWriter(stream, writer, visit, room));
        if (!caught_up_) {
            last_full_ = writer.id;
            return {};
        }
    }
    return {};
}

/// Partitions of a writer mostly stand at one place, and are then read together.
Status StreamCursor::ReadWriter(
    StreamStore& stream,
    const WriterInfo& writer,
    const RecordVisitor& visit,
    const std::function<size_t()>& room
) {
    std::vector<Sequence>& at = at_.try_emplace(writer.id, kPartitions, Sequence{0}).first->second;
    std::map<Sequence, PartitionSet> groups;
    for (size_t partition = 0; partition < kPartitions; ++partition) {
        if (mine_[partition] && at[partition] < writer.highest)
            groups[at[partition]].set(partition);
    }
    for (const auto& [from, partitions] : groups) {
        const size_t limit = room();
        if (limit == 0) {
            caught_up_ = false;
            return {};
        }
        Sequence seen = from;
        bool is_full = false;
        const ReadRequest request{writer.id, partitions, from, writer.highest, limit};
        TILTH_TRY(Sequence covered, stream.Read(request, [&](const RawRecordView& record) {
            is_full = !visit(record);
            seen = record.sequence;
            return !is_full;
        }));
        if (is_full) covered = seen;
        if (covered < writer.highest) caught_up_ = false;
        if (covered > from) moves_.push_back({partitions, writer.id, from, covered});
    }
    return {};
}

void StreamCursor::Advance() {
    for (const CursorMove& move : moves_) {
        std::vector<Sequence>& at = at_.at(move.writer);
        for (size_t partition = 0; partition < kPartitions; ++partition) {
            if (move.partitions[partition]) at[partition] = move.next;
        }
    }
    moves_.clear();
}

uint64_t StreamCursor::Lag(const std::vector<WriterInfo>& writers) const {
    uint64_t lag = 0;
    for (const WriterInfo& writer : writers) {
        const auto found = at_.find(writer.id);
        const Sequence done = found == at_.end() ? 0 : *std::ranges::min_element(found->second);
        lag += writer.highest - std::min(done, writer.highest);
    }
    return lag;
}

}  // namespace tilth::pipeline
