// Carries a series forward: judges the rows that were pushed, settles those that later rows cannot
// change, and keeps the context that the next ones need. The working place is a SeriesState.
#pragma once

#include "qc/engine.h"
#include "qc/manual_timeline.h"
#include "qc/segment.h"

#include <vector>

namespace tilth::qc {

/// In-series rows that are kept behind the first pending one, also when no test needs so many: a
/// companion of another series is looked up in them.
inline constexpr size_t kMinimumContext = 4;

class Runner {
  public:
    Runner(
        const Checker& checker,
        const Surroundings& around,
        const ManualTimeline& manual,
        Segment& segment
    )
        : checker_(checker), around_(around), manual_(manual), segment_(segment) {}

    static size_t ContextRows(const Checker& checker);

    /// Makes `state` the series before `from`: rows of context, and the fold states there.
    void Begin(
        SeriesState& state,
        std::vector<Observation> context,
        std::vector<FoldState> folds,
        Time from
    ) const;
    /// Rows of whole groups may be pushed to the end of the state in between.
    static std::vector<Observation>& Rows(SeriesState& state) { return state.rows_; }

    /// Judges the pending rows; appends those that are settled, and the checkpoints passed.
    Status Step(
        SeriesState& state, std::vector<Observation>& settled, std::vector<SavedFold>& checkpoints
    ) const;
    /// Appends the rows that are still pending.
    void AppendPending(const SeriesState& state, std::vector<Observation>& rows) const;
    /// Pushes arrivals (in time order, after all rows of the state) and steps, some thousand at a
    /// time.
    Status Take(
        SeriesState& state,
        std::span<const Arrival> arrivals,
        std::vector<Observation>& settled,
        std::vector<SavedFold>& checkpoints
    ) const;

    /// Sets what a row outside the series, or beside a preferred one, is told: by its own bits
    /// alone.
    void JudgeOutside(Observation& row, bool provisional) const;
    /// The first pending row's time, or `otherwise`.
    static Time PendingFrom(const SeriesState& state, Time otherwise);
    static bool PendingHasOutside(const SeriesState& state, const Checker& checker);

  private:
    void Write(SeriesState& state, size_t settled_end) const;
    void ApplyManual(Observation& row) const;

    const Checker& checker_;
    const Surroundings& around_;
    const ManualTimeline& manual_;
    Segment& segment_;
};

}  // namespace tilth::qc
