// What is known of a series' stored rows and checkpoints without asking the store: all from a time
// on, kept true by every commit.
//
// Ordinary lateness, of minutes or hours, is answered from here. Beside the stored checkpoints,
// one a day, stand snapshots of the folds that live in memory only: from one of them a late reading
// is followed with few rows. Snapshots change no result, they only spare the way to them.
#pragma once

#include "model/observation.h"
#include "qc/engine_types.h"

#include <optional>
#include <span>
#include <vector>

namespace tilth::pipeline {

/// Not thread-safe. Rows are in the order of the store (processed_store.h).
class KnownRows {
  public:
    /// The series is known to have no rows.
    void StartEmpty();
    /// Takes the stored rows of [from, Time::max()) and the up to `before` counting ones ahead of
    /// it, as one question answered them. Replaces what was known of rows.
    void TakeRows(Time from, size_t before, std::vector<Observation> segment);
    /// Takes the latest checkpoint before `from` of each test, and all later ones.
    void TakeFolds(Time from, std::vector<qc::SavedFold> folds);

    /// The answers of qc::RowSource; nullopt: not known.
    std::optional<std::vector<Observation>> Rows(TimeRange range, size_t before) const;
    std::optional<std::vector<qc::SavedFold>> FoldsBefore(Time time) const;
    std::optional<std::vector<qc::SavedFold>> FoldsFrom(Time time) const;
    /// The newest snapshot at or before `time`, one state a test; nullptr: none.
    const std::vector<qc::SavedFold>* SnapshotBefore(Time time) const;

    /// True when a change from `time` on can be followed without asking the store.
    bool Reaches(Time time, size_t rows_ahead_of_it) const;

    /// The output was committed. Of more than `most` rows at the end only the last are taken.
    void Apply(const qc::SeriesOutput& output, size_t most);
    /// Something at or after `time` was judged anew: snapshots behind it mean nothing any more.
    void Touch(Time time);
    /// Adds a snapshot: one state a test, all before the same time. `every`: only if so many rows
    /// came since the last one.
    bool WantsSnapshot(Time at, size_t every) const;
    void AddSnapshot(std::vector<qc::SavedFold> folds);
    /// Forgets the oldest, so that at most about `most` rows are held.
    void Trim(size_t most);

    bool known() const { return known_; }
    Time from() const { return from_; }
    size_t size() const { return rows_.size(); }

  private:
    void TakeEnd(std::span<const Observation> rows, size_t most);
    void TrimRows(size_t most);
    void TrimFolds();

    bool known_ = false;
    bool from_start_ = false;  ///< No counting row stands before the first of `rows_`.
    Time from_{};              ///< All rows at or after it are known; before it only counting ones.
    std::vector<Observation> rows_;

    bool folds_known_ = false;
    Time folds_from_{};  ///< All checkpoints at or after it are known, and the latest before it.
    std::vector<qc::SavedFold> folds_;                   ///< In order of time.
    std::vector<std::vector<qc::SavedFold>> snapshots_;  ///< In order of time, none empty.
};

}  // namespace tilth::pipeline
