// What is read of series: observations, roll-ups, checkpoints.
#pragma once

#include "backend/postgresql/row_layout.h"

namespace tilth::postgresql {

const char* TableOf(RollupLevel level);

/// Rows of [range.from, range.to) of a series; `index` tells the answers apart.
struct StoredRange {
    int32_t index = 0;
    int32_t series = 0;
    TimeRange range;
};
/// At most `count` counting rows of a series before `end`.
struct StoredBefore {
    int32_t index = 0;
    int32_t series = 0;
    Time end{};
    int64_t count = 0;
};

/// Appends to answers[index], in order.
Status SelectRanges(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredRange> ranges,
    std::vector<std::vector<Observation>>& answers
);
/// Appends to answers[index], in order.
Status SelectCountingBefore(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredBefore> requests,
    std::vector<std::vector<Observation>>& answers
);

struct StoredCheckpoints {
    int32_t series = 0;
    DatastreamId datastream{};
    Time time{};
};
/// For each request the latest before its time, one a test, by test (if `before`); then all at or
/// after it in time order (if `later`).
Result<std::vector<std::vector<Checkpoint>>> SelectCheckpoints(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredCheckpoints> requests,
    bool before,
    bool later
);

/// By the series' number or, of a reader, by its datastream.
Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    RollupLevel level,
    TimeRange range
);
Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    DatastreamId datastream,
    RollupLevel level,
    TimeRange range
);

/// As ProcessedStore::ReadObservations.
Status VisitObservations(
    Connection& connection,
    const std::string& schema,
    const ObservationRequest& request,
    const ObservationVisitor& visit
);

Result<std::map<DatastreamId, Observation>> SelectLatest(
    Connection& connection, const std::string& schema, std::span<const DatastreamId> datastreams
);

Result<std::vector<Checkpoint>> SelectCheckpointsBefore(
    Connection& connection, const std::string& schema, DatastreamId datastream, Time time
);

Result<ProcessedStatistics> CountAll(Connection& connection, const std::string& schema);

/// A sentence for each thing that should not be.
Result<std::vector<std::string>> FindDamage(Connection& connection, const std::string& schema);

}  // namespace tilth::postgresql
