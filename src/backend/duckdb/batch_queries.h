// Reads of many series by one statement each, where a statement for each series would scan the
// same row groups again and again.
#pragma once

#include "backend/duckdb/row_layout.h"

#include <span>
#include <vector>

namespace tilth::duckdb {

/// Rows of `range`, and up to `before` counting rows ahead of it.
struct StretchToRead {
    int32_t series = 0;
    TimeRange range;
    size_t before = 0;
};

/// The rows of each stretch, in order; `provisional` as stored. Costs a few statements.
Result<std::vector<std::vector<Observation>>> SelectStretches(
    Connection& connection, const std::string& schema, std::span<const StretchToRead> stretches
);

struct FoldsToRead {
    int32_t series = 0;
    DatastreamId datastream{};
    Time from{};
};

/// For each the latest checkpoint before `from` of each test, by test, then all later ones in order
/// (time, test).
Result<std::vector<std::vector<Checkpoint>>> SelectFolds(
    Connection& connection, const std::string& schema, std::span<const FoldsToRead> wanted
);

}  // namespace tilth::duckdb
