// The reads that the writer's transaction and the readers share.
#pragma once

#include "backend/duckdb/row_layout.h"

namespace tilth::duckdb {

/// Rows of a series in the range, in order.
Result<std::vector<Observation>> SelectObservations(
    Connection& connection, const std::string& schema, int32_t series, TimeRange range
);
/// The newest `limit` counting rows before `end`, in order.
Result<std::vector<Observation>> SelectCountingBefore(
    Connection& connection, const std::string& schema, int32_t series, Time end, size_t limit
);
Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    RollupLevel level,
    TimeRange range
);
/// The latest checkpoints before `time`, one a test.
Result<std::vector<Checkpoint>> SelectCheckpointsBefore(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    DatastreamId datastream,
    Time time
);

/// Visits what the request asks for, chunk by chunk; a visitor that returns false ends it.
Status VisitObservations(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    const ObservationRequest& request,
    const ObservationVisitor& visit
);
/// Adds the counts of a generation to `statistics`.
Result<ProcessedStatistics> CountAll(
    Connection& connection, const std::string& schema, ProcessedStatistics statistics
);
/// Reads every column of every row and checks what must hold between rows.
Result<std::vector<std::string>> FindDamage(Connection& connection, const std::string& schema);

/// "hourly", "daily"
const char* TableOf(RollupLevel level);

}  // namespace tilth::duckdb
