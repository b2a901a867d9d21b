// Readings at one time: which of them counts, which are kept beside it, and when they contradict.
//
// The rules depend on the set of readings only, never on the order in which they came:
//   - readings whose values are equal after rounding to the datastream's resolution are one
//   reading;
//   - in order stand: arrival tests not failed, higher rank, higher number, with a value before
//   missing,
//     smaller bits of the raw value, smaller bits of the value, earlier raw position;
//   - of equal readings the first in this order stays; of what is left the first counts;
//   - it is in conflict when another reading of its rank differs from it, both with a value and
//   both with
//     arrival tests not failed.
#pragma once

#include "model/observation.h"

#include <vector>

namespace tilth::qc {

/// The identity of a reading: a hash of time, raw value, rank and number. Stored: it never changes.
uint64_t ReadingId(const Observation& reading);

/// True when `a` and `b`, at one time, are one reading. Two missing values are.
bool SameReading(double a, double b, double resolution);

struct MergeRules {
    double resolution = 0;
    TestSet arrival_tests;  ///< Those whose objection puts a reading outside the series.
};

/// Merges the readings rows[first, end), all at one time, in place: `counts` is set, those that are
/// one with another are gone, the counting one stands first, the others by reading id. Returns
/// whether the counting one is in conflict.
bool MergeGroup(std::vector<Observation>& rows, size_t first, const MergeRules& rules);

}  // namespace tilth::qc
