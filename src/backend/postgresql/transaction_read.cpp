// What a transaction reads: the ends of series from memory, the rest from the server, many requests
// by one question.
#include "backend/postgresql/queries.h"
#include "backend/postgresql/transaction.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

using Rowset = std::vector<Observation>;

/// The counting rows of a tail ahead of `from`, at most `before` of them.
Rowset AheadInTail(const Tail& tail, Time from, size_t before) {
    Rowset ahead;
    for (auto row = tail.rbegin(); row != tail.rend() && ahead.size() < before; ++row) {
        if (row->row.time < from && row->row.counts) ahead.push_back(row->row);
    }
    std::ranges::reverse(ahead);
    return ahead;
}

}  // namespace

Result<std::vector<Rowset>> Transaction::ReadSegments(std::span<const SegmentRequest> requests) {
    std::vector<DatastreamId> ids;
    for (const SegmentRequest& request : requests) ids.push_back(request.datastream);
    TILTH_CHECK(Lock(ids));
    std::vector<Rowset> segments(requests.size());
    std::vector<Rowset> ahead(requests.size());
    std::vector<StoredBefore> stored_before;
    std::vector<StoredRange> stored_ranges;
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto& [id, range, before] = requests[i];
        const Series& series = series_.at(id);
        if (series.tail->empty()) continue;
        const Time tail_start = series.tail->front().row.time;
        const auto index = static_cast<int32_t>(i);
        ahead[i] = AheadInTail(*series.tail, range.from, before);
        if (ahead[i].size() < before) {
            const auto missing = std::min<size_t>(before - ahead[i].size(), INT64_MAX);
            stored_before.push_back(
                {index,
                 series.number,
                 std::min(range.from, tail_start),
                 static_cast<int64_t>(missing)}
            );
        }
        const TimeRange stored{range.from, std::min(range.to, tail_start)};
        if (!stored.Empty()) stored_ranges.push_back({index, series.number, stored});
    }
    if (!stored_before.empty() || !stored_ranges.empty()) TILTH_CHECK(observation_.Flush());
    TILTH_CHECK(SelectCountingBefore(connection_, schema_, stored_before, segments));
    for (size_t i = 0; i < requests.size(); ++i) {
        segments[i].insert(segments[i].end(), ahead[i].begin(), ahead[i].end());
    }
    TILTH_CHECK(SelectRanges(connection_, schema_, stored_ranges, segments));
    for (size_t i = 0; i < requests.size(); ++i) {
        const Tail& tail = *series_.at(requests[i].datastream).tail;
        if (tail.empty()) continue;
        // What stands before the tail is final, however it was stored.
        const Time tail_start = tail.front().row.time;
        for (Observation& row : segments[i]) {
            row.provisional = row.provisional && row.time >= tail_start;
        }
        for (const TailRow& row : tail) {
            if (requests[i].range.Contains(row.row.time)) segments[i].push_back(row.row);
        }
    }
    return segments;
}

Result<Rowset> Transaction::ReadSegment(DatastreamId datastream, TimeRange range, size_t before) {
    const SegmentRequest request{datastream, range, before};
    TILTH_TRY(std::vector<Rowset> segments, ReadSegments(std::span(&request, 1)));
    return std::move(segments.front());
}

Result<std::vector<std::optional<Time>>> Transaction::LastTimes(
    std::span<const DatastreamId> datastreams
) {
    TILTH_CHECK(Lock(datastreams));
    std::vector<std::optional<Time>> times;
    for (const DatastreamId id : datastreams) {
        const Tail& tail = *series_.at(id).tail;
        times.push_back(tail.empty() ? std::nullopt : std::optional(tail.back().row.time));
    }
    return times;
}

Result<std::optional<Time>> Transaction::LastTime(DatastreamId datastream) {
    TILTH_TRY(const auto times, LastTimes(std::span(&datastream, 1)));
    return times.front();
}

Result<std::vector<Rollup>> Transaction::ReadRollups(
    DatastreamId datastream, RollupLevel level, TimeRange range
) {
    TILTH_TRY(const Series* series, SeriesOf(datastream));
    TILTH_CHECK((level == RollupLevel::kHour ? hourly_ : daily_).Flush());
    return SelectRollups(connection_, schema_, series->number, level, range);
}

Result<std::vector<std::vector<Checkpoint>>> Transaction::SelectCheckpointsOf(
    std::span<const CheckpointRequest> requests, bool before, bool later
) {
    std::vector<DatastreamId> ids;
    for (const CheckpointRequest& request : requests) ids.push_back(request.datastream);
    TILTH_CHECK(Lock(ids));
    TILTH_CHECK(checkpoint_.Flush());
    std::vector<StoredCheckpoints> stored;
    for (const CheckpointRequest& request : requests) {
        stored.push_back({series_.at(request.datastream).number, request.datastream, request.from});
    }
    return SelectCheckpoints(connection_, schema_, stored, before, later);
}

Result<std::vector<std::vector<Checkpoint>>> Transaction::ReadCheckpoints(
    std::span<const CheckpointRequest> requests
) {
    return SelectCheckpointsOf(requests, true, true);
}

Result<std::vector<Checkpoint>> Transaction::OneRequest(
    DatastreamId datastream, Time time, bool before, bool later
) {
    const CheckpointRequest request{datastream, time};
    TILTH_TRY(auto answers, SelectCheckpointsOf(std::span(&request, 1), before, later));
    return std::move(answers.front());
}

Result<std::vector<Checkpoint>> Transaction::CheckpointsBefore(DatastreamId datastream, Time time) {
    return OneRequest(datastream, time, true, false);
}

Result<std::vector<Checkpoint>> Transaction::CheckpointsFrom(DatastreamId datastream, Time time) {
    return OneRequest(datastream, time, false, true);
}

}  // namespace tilth::postgresql
