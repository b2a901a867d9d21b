// A stretch of a series as columns, and the evaluation of all tests of a checker on it.
#pragma once

#include "qc/checker.h"
#include "qc/engine_types.h"
#include "qc/row_source.h"
#include "qc/series_state.h"

#include <span>
#include <vector>

namespace tilth::qc {

/// Scratch memory that is filled anew for each stretch. Columns are of the rows that stand in the
/// series: first those that are only looked at (context), from first() on those that are judged.
class Segment {
  public:
    /// Takes the columns from rows in order; the rows before `first_row` are context.
    void Build(const Checker& checker, std::span<const Observation> rows, size_t first_row);
    /// Looks up the companions of the rows that are judged.
    Status LookUpCompanions(
        const Checker& checker, std::span<const SeriesState* const> resident, RowSource& source
    );

    size_t size() const { return time_.size(); }
    size_t first() const { return first_; }
    size_t RowOf(size_t column) const { return row_[column]; }
    Time TimeOf(size_t column) const { return time_[column]; }
    /// The first column that later rows could still change.
    size_t SettledEnd(const Reach& reach) const;

    /// The fold states before the first judged row, moved on to before `settled_end`; a checkpoint
    /// is added for each UTC day that begins between two settled rows.
    struct Folds {
        std::vector<FoldState>& states;
        Time settled_time;  ///< Of the row before the first judged one; Time::min(): none.
        std::vector<SavedFold>& checkpoints;
    };
    void Evaluate(const Checker& checker, size_t settled_end, Folds folds);

    Verdict Heaviest(size_t column) const { return static_cast<Verdict>(heaviest_[column]); }
    TestSet Objected(size_t column) const { return objected_[column]; }
    TestSet NotEvaluated(size_t column) const { return TestSet(not_evaluated_[column]); }

    /// What a test of `level` sees. Valid until the next Build.
    SeriesView ViewFor(const Checker& checker, int level);

  private:
    void EvaluateWindows(const Checker& checker, int level, const SeriesView& view);
    void EvaluateFolds(
        const Checker& checker, int level, const SeriesView& view, size_t settled_end, Folds& folds
    );
    void FindDays(size_t settled_end, Time settled_time);
    void MaskFailed();
    void Record(const Test& test, const Verdict* verdicts, size_t first, size_t last);

    size_t first_ = 0;
    std::vector<Time> time_;
    std::vector<double> value_;
    std::vector<double> masked_;  ///< value_ without what level 1 says is no measurement.
    std::vector<double> raw_;
    std::vector<uint32_t> row_;
    std::vector<TestSet> objected_;
    std::vector<TestSet> lower_;  ///< objected_ as the tests of one level may see it.
    std::vector<uint64_t> not_evaluated_;
    std::vector<uint8_t> heaviest_;
    std::vector<uint8_t> no_measurement_;
    std::vector<Verdict> verdicts_;
    std::vector<size_t> day_begins_;  ///< Settled columns that are the first of a UTC day.
    FoldState ahead_;
    struct Companion {
        std::vector<double> value;
        std::vector<Time> time;
    };
    std::vector<Companion> companions_;
    std::vector<CompanionColumn> companion_columns_;
};

}  // namespace tilth::qc
