// Where the values of companions come from: their resident states, else the row source.
#pragma once

#include "qc/checker.h"
#include "qc/row_source.h"
#include "qc/series_state.h"

#include <span>

namespace tilth::qc {

/// True when a test may use the row as a measurement of its own series: it counts, has a value, and
/// no test says that it is none.
bool IsMeasurement(const Observation& row);

/// For each time (rising) the latest measurement of the companion at or before it and within the
/// tolerance; NaN and Time{} without one. `resident` may be null; the source is asked only when it
/// does not reach far enough back.
Status LookUpCompanion(
    const CompanionUse& use,
    const SeriesState* resident,
    RowSource& source,
    std::span<const Time> times,
    std::span<double> value,
    std::span<Time> when
);

}  // namespace tilth::qc
