// What stays in memory of one series between batches: its last rows and the states of its folds.
#pragma once

#include "qc/engine_types.h"

#include <optional>

namespace tilth::qc {

class Checker;

/// A value. Some hundred bytes for the usual profiles. Not thread-safe.
class SeriesState {
  public:
    /// False: the engine loads it from the row source when it is next used.
    bool loaded() const { return loaded_; }
    /// For a series that is known to have no rows: spares the look.
    void StartEmpty();
    /// Forgets everything. Call it when the transaction that held the engine's output did not
    /// commit, or when somebody else changed the series.
    void Reset() { *this = SeriesState(); }

    /// The last row that stands in the series (counts, arrival tests not failed); null: none.
    const Observation* Last() const;
    /// The last rows, in order: all that the series has from `known_from` on, up to its last one.
    std::span<const Observation> rows() const { return rows_; }
    Time known_from() const { return known_from_; }
    /// The states of the folds before the first row that is not settled, or behind all rows: a
    /// start for following a later change. Empty: not loaded, or there are no rows or no folds.
    std::vector<SavedFold> Folds(const Checker& checker) const;
    /// The time of these states.
    Time FoldsTime() const;
    size_t MemoryBytes() const;

  private:
    friend class Runner;
    friend class Walker;
    friend class Engine;

    std::vector<Observation> rows_;  ///< Context, then pending rows.
    size_t pending_ = 0;             ///< Index of the first row that is not settled.
    std::vector<FoldState>
        folds_;  ///< Before the first pending row; in the order of Checker::folds().
    Time known_from_ = Time::min();
    Time settled_time_ = Time::min();  ///< Of the last settled row of the series.
    Time next_outside_ =
        Time::max();  ///< The first stored row after the series' last one, outside it.
    bool loaded_ = false;
};

}  // namespace tilth::qc
