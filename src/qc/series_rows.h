// Rows of a datastream in memory: which of them stand in the series, and what an arrival becomes.
#pragma once

#include "qc/checker.h"
#include "qc/engine_types.h"
#include "qc/merge.h"

#include <vector>

namespace tilth::qc {

/// Outcomes that belong to a reading and its record, not to the series: kept in the row at every
/// recomputation.
inline TestSet KeptTests(const Checker& checker) {
    TestSet kept = checker.arrival_tests();
    if (checker.conflict()) kept.Add(static_cast<int>(TestNumber::kConflict));
    return kept;
}

/// True when an arrival test failed it.
inline bool Outside(const Observation& row, const Checker& checker) {
    return (row.objected.bits() & checker.arrival_tests().bits()) != 0;
}

/// The rows that tests judge and see as neighbours.
inline bool InSeries(const Observation& row, const Checker& checker) {
    return row.counts && !Outside(row, checker);
}

/// The row of an arrival before it is merged: arrival tests judged, everything else still open.
Observation RowOf(const Arrival& arrival, const Checker& checker);

/// Merges rows[first, end), all at one time, and notes a conflict.
void MergeRows(std::vector<Observation>& rows, size_t first, const Checker& checker);

}  // namespace tilth::qc
