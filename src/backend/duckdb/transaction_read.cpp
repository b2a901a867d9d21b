// What the writer's transaction reads: from the tails in memory, and from the tables behind them.
#include "backend/duckdb/queries.h"
#include "backend/duckdb/transaction.h"

#include <algorithm>

namespace tilth::duckdb {

std::optional<StretchToRead> Transaction::PartInTable(
    DatastreamId datastream, TimeRange range, size_t before
) const {
    const std::vector<TailRow>& tail = TailOf(datastream);
    const auto series = KnownNumberOf(datastream);
    if (tail.empty() || !series) return std::nullopt;
    const Time tail_start = tail.front().row.time;
    const auto in_tail = std::ranges::count_if(tail, [range](const TailRow& row) {
        return row.row.time < range.from && row.row.counts;
    });
    StretchToRead part{*series, range, before - std::min(before, static_cast<size_t>(in_tail))};
    part.range.from = std::min(range.from, tail_start);
    part.range.to = std::min(range.to, tail_start);
    if (part.range.Empty() && part.before == 0) return std::nullopt;
    return part;
}

void Transaction::AppendTail(
    DatastreamId datastream, TimeRange range, size_t before, std::vector<Observation>& rows
) const {
    const std::vector<TailRow>& tail = TailOf(datastream);
    if (tail.empty()) return;
    // What is read from the table stands before the tail: it is final, however it was stored.
    const Time tail_start = tail.front().row.time;
    for (Observation& row : rows) row.provisional = row.provisional && row.time >= tail_start;
    const size_t stored = rows.size();
    for (auto row = tail.rbegin(); row != tail.rend() && rows.size() < stored + before; ++row) {
        if (row->row.time < range.from && row->row.counts) rows.push_back(row->row);
    }
    std::reverse(rows.begin() + static_cast<ptrdiff_t>(stored), rows.end());
    for (const TailRow& row : tail) {
        if (range.Contains(row.row.time)) rows.push_back(row.row);
    }
}

Result<std::vector<Observation>> Transaction::ReadSegment(
    DatastreamId datastream, TimeRange range, size_t before
) {
    std::vector<Observation> segment;
    if (const auto part = PartInTable(datastream, range, before)) {
        TILTH_CHECK(tables_.observation.Flush());
        TILTH_TRY(
            segment,
            SelectCountingBefore(
                connection_, tables_.schema, part->series, part->range.from, part->before
            )
        );
        TILTH_TRY(
            const std::vector<Observation> rows,
            SelectObservations(connection_, tables_.schema, part->series, part->range)
        );
        segment.insert(segment.end(), rows.begin(), rows.end());
    }
    AppendTail(datastream, range, before, segment);
    return segment;
}

Result<std::vector<std::vector<Observation>>> Transaction::ReadSegments(
    std::span<const SegmentRequest> requests
) {
    std::vector<std::vector<Observation>> segments(requests.size());
    std::vector<StretchToRead> parts;
    std::vector<size_t> of;
    for (size_t i = 0; i < requests.size(); ++i) {
        const SegmentRequest& request = requests[i];
        const auto part = PartInTable(request.datastream, request.range, request.before);
        if (!part) continue;
        parts.push_back(*part);
        of.push_back(i);
    }
    if (!parts.empty()) {
        TILTH_CHECK(tables_.observation.Flush());
        TILTH_TRY(auto stored, SelectStretches(connection_, tables_.schema, parts));
        for (size_t i = 0; i < of.size(); ++i) segments[of[i]] = std::move(stored[i]);
    }
    for (size_t i = 0; i < requests.size(); ++i) {
        AppendTail(requests[i].datastream, requests[i].range, requests[i].before, segments[i]);
    }
    return segments;
}

Result<std::optional<Time>> Transaction::LastTime(DatastreamId datastream) {
    const std::vector<TailRow>& tail = TailOf(datastream);
    if (tail.empty()) return std::nullopt;
    return tail.back().row.time;
}

Result<std::vector<Rollup>> Transaction::ReadRollups(
    DatastreamId datastream, RollupLevel level, TimeRange range
) {
    const auto series = KnownNumberOf(datastream);
    if (!series) return std::vector<Rollup>{};
    TILTH_CHECK((level == RollupLevel::kHour ? tables_.hourly : tables_.daily).Flush());
    return SelectRollups(connection_, tables_.schema, *series, level, range);
}

Result<std::vector<Checkpoint>> Transaction::CheckpointsBefore(DatastreamId datastream, Time time) {
    const auto series = KnownNumberOf(datastream);
    if (!series) return std::vector<Checkpoint>{};
    TILTH_CHECK(tables_.checkpoint.Flush());
    return SelectCheckpointsBefore(connection_, tables_.schema, *series, datastream, time);
}

Result<std::vector<Checkpoint>> Transaction::CheckpointsFrom(DatastreamId datastream, Time time) {
    const auto series = KnownNumberOf(datastream);
    std::vector<Checkpoint> checkpoints;
    if (!series) return checkpoints;
    TILTH_CHECK(tables_.checkpoint.Flush());
    TILTH_TRY(
        Statement * select,
        connection_.Cached(fmt::format(
            "SELECT {} FROM {}.checkpoint WHERE series = $1 AND time >= $2 ORDER BY time, test",
            kCheckpointColumns,
            tables_.schema
        ))
    );
    select->Bind(0, *series);
    select->Bind(1, time);
    TILTH_TRY(Rows rows, select->Run());
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return checkpoints;
        ReadChunk(rows, checkpoints, datastream);
    }
}

Result<std::vector<std::vector<Checkpoint>>> Transaction::ReadCheckpoints(
    std::span<const CheckpointRequest> requests
) {
    std::vector<std::vector<Checkpoint>> answers(requests.size());
    std::vector<FoldsToRead> wanted;
    std::vector<size_t> of;
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto series = KnownNumberOf(requests[i].datastream);
        if (!series) continue;
        wanted.push_back({*series, requests[i].datastream, requests[i].from});
        of.push_back(i);
    }
    if (wanted.empty()) return answers;
    TILTH_CHECK(tables_.checkpoint.Flush());
    TILTH_TRY(auto stored, SelectFolds(connection_, tables_.schema, wanted));
    for (size_t i = 0; i < of.size(); ++i) answers[of[i]] = std::move(stored[i]);
    return answers;
}

}  // namespace tilth::duckdb
