#include "pipeline/row_reader.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

Result<std::vector<Observation>> ReadAll(ProcessedStore& store, const ObservationRequest& request) {
    std::vector<Observation> rows;
    TILTH_CHECK(store.ReadObservations(request, [&rows](std::span<const Observation> some) {
        rows.insert(rows.end(), some.begin(), some.end());
        return true;
    }));
    return rows;
}

}  // namespace

Result<std::vector<Observation>> RowReader::Rows(TimeRange range, size_t before) {
    ObservationRequest request;
    request.datastream = datastream_;
    request.range = range;
    request.counting_only = false;
    TILTH_TRY(std::vector<Observation> rows, ReadAll(store_, request));
    if (before == 0) return rows;
    ObservationRequest ahead = request;
    ahead.range = {Time::min(), range.from};
    ahead.counting_only = true;
    ahead.newest_first = true;
    ahead.limit = before;
    TILTH_TRY(std::vector<Observation> earlier, ReadAll(store_, ahead));
    std::ranges::reverse(earlier);
    earlier.insert(earlier.end(), rows.begin(), rows.end());
    return earlier;
}

Result<std::vector<qc::SavedFold>> RowReader::CheckpointsBefore(Time time) {
    TILTH_TRY(std::vector<Checkpoint> stored, store_.CheckpointsBefore(datastream_, time));
    std::vector<qc::SavedFold> saved;
    for (Checkpoint& checkpoint : stored) {
        saved.push_back({checkpoint.test, checkpoint.time, std::move(checkpoint.state)});
    }
    return saved;
}

Result<std::vector<Observation>> RowReader::CompanionRows(DatastreamId companion, TimeRange range) {
    ObservationRequest request;
    request.datastream = companion;
    request.range = range;
    request.counting_only = false;
    return ReadAll(store_, request);
}

}  // namespace tilth::pipeline
