// Readings that an arrival test failed (a clock that ran wrong): they stand outside the series, at
// whatever time they claim, and touch nothing but the readings at that very time.
#pragma once

#include "qc/runner.h"

#include <vector>

namespace tilth::qc {

/// Merges rows outside the series (in time order) with what is stored at their times.
Status MergeOutside(
    const Checker& checker,
    const Runner& runner,
    RowSource& source,
    std::span<const Observation> rows,
    SeriesOutput& out
);

/// Judges again the rows of a range that holds none of the series.
Status RejudgeOutside(const Runner& runner, RowSource& source, TimeRange range, SeriesOutput& out);

}  // namespace tilth::qc
