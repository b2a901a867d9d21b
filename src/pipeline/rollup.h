// Hourly and daily statistics of a datastream, from its rows.
#pragma once

#include "model/observation.h"

#include <span>
#include <vector>

namespace tilth::pipeline {

/// Statistics of one bucket. `rows` are the rows of [start, start + Length(level)), in order; those that do not count
/// are passed over. Sums run in time order, so that the same rows give the same bits.
Rollup MakeRollup(Time start, std::span<const Observation> rows);

/// The buckets of all rows, in order; rows must be sorted by time. Buckets at or after `open_from` are left out.
std::vector<Rollup> MakeRollups(RollupLevel level, std::span<const Observation> rows, Time open_from);

/// Start of the bucket that holds t.
Time BucketStart(RollupLevel level, Time t);

}  // namespace tilth::pipeline
