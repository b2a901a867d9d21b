// The end of each series, kept in memory: what new readings touch. For backends; pure.
//
// A series' rows all stand in the table `observation`. Its tail is the suffix that a live commit
// looks at: from the first provisional row, or from the newest row that counts, whichever is
// earlier; all rows at one time together. The tail's first time is stored beside it, and a row
// is provisional if it was stored so and is not before its series' tail. So a row that becomes
// final unchanged costs nothing: the tail moves past it.
#pragma once

#include "store/processed_store.h"

#include <span>
#include <vector>

namespace tilth {

struct TailRow {
    Observation row;                  ///< As readers see it.
    bool stored_provisional = false;  ///< As it stands in the table.
};

/// What a change means for the table and for the tail.
struct TailPlan {
    std::vector<TimeRange> deletes;
    /// Rows to append after the deletes; they point into the change or into `rewritten`.
    std::vector<std::span<const Observation>> inserts;
    std::vector<std::vector<Observation>> rewritten;
    std::vector<TailRow> tail;
};

/// The time from which the series' rows must be known for planning the change: where its tail
/// begins, or the change's first provisional row before that. Time::min() for a series without
/// rows.
Time KnownFrom(std::span<const TailRow> tail, const SeriesChange& change);

/// Plans a change of a series. `rows` are all of its rows from KnownFrom on (none: it has no rows).
TailPlan PlanChange(std::span<const TailRow> rows, Time known_from, const SeriesChange& change);

/// Index of the first row that belongs in the tail; rows.size() if there is none.
size_t TailStart(std::span<const TailRow> rows);
bool HasCountingRow(std::span<const TailRow> rows);

/// Plans rewriting of the rows whose stored provisional flag would show them wrongly, and corrects
/// it in `plan.tail`.
void RewriteMisleading(TailPlan& plan);

}  // namespace tilth
