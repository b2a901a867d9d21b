// Questions about a stored series that both recomputing and explaining ask.
#pragma once

#include "qc/checker.h"
#include "qc/row_source.h"

#include <vector>

namespace tilth::qc {

/// Where the folds of a series can be continued.
struct FoldStart {
    Time from{};                   ///< Time::min(): at the beginning.
    std::vector<FoldState> folds;  ///< Before the first row at or after `from`.
};

class SeriesReader {
  public:
    SeriesReader(const Checker& checker, RowSource& source) : checker_(checker), source_(source) {}

    /// At least `count` rows of the series before `time`, or all there are, in order.
    Result<std::vector<Observation>> RowsBefore(Time time, size_t count);
    /// At least `count` rows of the series after `time`, or all there are, in order.
    Result<std::vector<Observation>> RowsAfter(Time time, size_t count);
    /// The first time at which a row may look ahead to `touched`.
    Result<Time> FirstAffected(Time touched);
    /// The latest checkpoint at or before `time`, for all folds; `time` itself without folds.
    Result<FoldStart> StartBefore(Time time);

  private:
    const Checker& checker_;
    RowSource& source_;
};

}  // namespace tilth::qc
