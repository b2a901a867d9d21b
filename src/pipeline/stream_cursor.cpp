#include "pipeline/stream_cursor.h"

#include <algorithm>
#include <optional>

namespace tilth::pipeline {
namespace {

/// Between two looks at the room there is, so that a read without records does not take for ever.
constexpr Sequence kSmallestSpan = 1'024;

/// Returns how far it came.
Result<Sequence> ReadSome(
    StreamStore& stream, const ReadRequest& request, const RecordVisitor& visit
) {
    std::optional<Sequence> cut;
    TILTH_TRY(const Sequence covered, stream.Read(request, [&](const RawRecordView& record) {
        if (visit(record)) return true;
        cut = record.sequence;
        return false;
    }));
    return cut.value_or(covered);
}

}  // namespace

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

/// Partitions of a writer mostly stand at one place, and are then read together. Where they do not,
/// those that are behind are read up to the next place, and from there on with the ones that stand
/// there: no record is asked for twice.
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
    if (groups.empty()) return {};
    ReadRequest request{.writer = writer.id, .partitions = {}};
    Sequence place = groups.begin()->first;
    auto next = groups.begin();
    while (place < writer.highest && (request.limit = room()) > 0) {
        for (; next != groups.end() && next->first <= place; ++next)
            request.partitions |= next->second;
        request.after = place;
        request.up_to = std::min(
            next == groups.end() ? writer.highest : next->first,
            place + std::max<Sequence>(kSmallestSpan, 2 * request.limit)
        );
        TILTH_TRY(place, ReadSome(stream, request, visit));
    }
    if (place < writer.highest) caught_up_ = false;
    for (const auto& [from, partitions] : groups) {
        if (from < place) moves_.push_back({partitions, writer.id, from, place});
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
