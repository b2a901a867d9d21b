// Hourly and daily statistics of a datastream, from its rows.
#pragma once

#include "model/observation.h"

#include <span>
#include <vector>

namespace tilth::pipeline {

/// What statistics need of a counting row; small, because the open hour of every datastream is kept
/// in memory.
struct StatRow {
    Time time{};
    double value = 0;
    bool good = false;  ///< Flag 1 or 2: enters the statistics. Others are only counted.

    StatRow() = default;
    explicit StatRow(const Observation& row)
        : time(row.time),
          value(row.value),
          good(row.flag == QualityFlag::kGood || row.flag == QualityFlag::kNotEvaluated) {}
};

/// Appends the counting rows, in their order.
void AppendStatRows(std::span<const Observation> rows, std::vector<StatRow>& out);

/// Statistics of one bucket. `rows` are those of [start, start + Length(level)), in order. Sums run
/// in time order, so that the same rows give the same bits.
Rollup MakeRollup(Time start, std::span<const StatRow> rows);

/// The buckets of all rows, in order; rows must be sorted by time. Buckets at or after `open_from`
/// are left out.
std::vector<Rollup> MakeRollups(RollupLevel level, std::span<const StatRow> rows, Time open_from);

/// Start of the bucket that holds t.
Time BucketStart(RollupLevel level, Time t);

}  // namespace tilth::pipeline
