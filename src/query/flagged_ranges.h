// Where flagged readings stand, by what roll-ups count: so that a plot of years need not look at
// every row for them.
#pragma once

#include "base/time.h"
#include "model/observation.h"

#include <span>
#include <vector>

namespace tilth::query {

/// Ranges, in order and at most `most` of them, that hold every suspect, failed or missing reading
/// of the buckets. Where there would be more, those nearest to each other are joined. `rollups` are
/// of one level, in order; most > 0.
std::vector<TimeRange> FlaggedRanges(
    std::span<const Rollup> rollups, RollupLevel level, size_t most
);

}  // namespace tilth::query
