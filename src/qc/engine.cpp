#include "qc/engine.h"

#include "qc/outside.h"
#include "qc/series_rows.h"
#include "qc/walker.h"

#include <algorithm>

namespace tilth::qc {
namespace {

constexpr Duration kTick{1};
/// A state gives back what a large batch made it take.
constexpr size_t kRowsAtRest = 64;

bool Judged(const Arrival& arrival, const Checker& checker) {
    return !Outside(RowOf(arrival, checker), checker);
}

/// True when the stored row already says all that `row` could: the same reading, come again.
bool Repeats(const Observation& row, const Observation& stored, const Checker& checker) {
    return stored.time == row.time && stored.reading_id == row.reading_id &&
           stored.number == row.number && stored.rank == row.rank &&
           SameReading(stored.value, row.value, 0) &&
           SameReading(stored.raw_value, row.raw_value, 0) && !Outside(stored, checker) &&
           !(row.raw < stored.raw);
}

}  // namespace

class Engine::Impl {
  public:
    Status Apply(
        const Checker& checker,
        std::span<const Arrival> arrivals,
        const Surroundings& around,
        SeriesState& state,
        SeriesOutput& out
    );
    Status Recompute(
        const Checker& checker,
        TimeRange range,
        const Surroundings& around,
        SeriesState& state,
        SeriesOutput& out
    );
    Status Restore(const Checker& checker, const Surroundings& around, SeriesState& state);

  private:
    /// Arrivals in time order, and how they stand to the series.
    struct Sorted {
        std::span<const Arrival> late;     ///< Not behind the last row.
        std::span<const Arrival> tail;     ///< Behind it, up to the last that stands in the series.
        std::span<const Arrival> outside;  ///< What is left.
    };
    Sorted Sort(
        const Checker& checker, std::span<const Arrival> arrivals, const SeriesState& state
    );
    void FillChange(
        const Checker& checker, std::span<const Arrival> late, const SeriesState& state
    );
    Status TakeTail(
        const Runner& runner,
        const Checker& checker,
        std::span<const Arrival> tail,
        SeriesState& state,
        SeriesOutput& out
    );
    Status TakeOutside(
        const Checker& checker,
        const Runner& runner,
        std::span<const Arrival> behind,
        const Surroundings& around,
        SeriesState& state,
        SeriesOutput& out
    );

    /// After the series has grown past rows outside it: finds the next of them.
    static Status FindNextOutside(RowSource& source, SeriesState& state);

    Segment segment_;
    ManualTimeline manual_;
    std::vector<Arrival> in_order_;
    Change change_;
};

Engine::Impl::Sorted Engine::Impl::Sort(
    const Checker& checker, std::span<const Arrival> arrivals, const SeriesState& state
) {
    if (!std::ranges::is_sorted(arrivals, {}, &Arrival::time)) {
        in_order_.assign(arrivals.begin(), arrivals.end());
        std::ranges::stable_sort(in_order_, {}, &Arrival::time);
        arrivals = in_order_;
    }
    const Observation* last = state.Last();
    const Time end = last == nullptr ? Time::min() : last->time;
    const auto behind = std::ranges::upper_bound(arrivals, end, {}, &Arrival::time);
    const auto late_count = last == nullptr ? 0 : static_cast<size_t>(behind - arrivals.begin());
    size_t in_series = arrivals.size();
    while (in_series > late_count && !Judged(arrivals[in_series - 1], checker)) --in_series;
    const auto same_time = [&](size_t i) {
        return arrivals[i].time == arrivals[in_series - 1].time;
    };
    while (in_series > late_count && in_series < arrivals.size() && same_time(in_series))
        ++in_series;
    const bool meets_outside =
        in_series > late_count && arrivals[in_series - 1].time >= state.next_outside_;
    if (meets_outside) return {arrivals.first(in_series), {}, arrivals.subspan(in_series)};
    return {
        arrivals.first(late_count),
        arrivals.subspan(late_count, in_series - late_count),
        arrivals.subspan(in_series),
    };
}

void Engine::Impl::FillChange(
    const Checker& checker, std::span<const Arrival> late, const SeriesState& state
) {
    change_.touched = {Time::max(), Time::min()};
    change_.late.clear();
    for (const Arrival& arrival : late) {
        const Observation row = RowOf(arrival, checker);
        const bool repeated = std::ranges::any_of(state.rows(), [&](const Observation& stored) {
            return Repeats(row, stored, checker);
        });
        if (repeated) continue;
        change_.late.push_back(row);
        // Among the resident rows also one outside the series must find its place.
        if (Outside(row, checker) && row.time < state.known_from()) continue;
        change_.touched.from = std::min(change_.touched.from, row.time);
        change_.touched.to = std::max(change_.touched.to, row.time + kTick);
    }
    change_.merged.assign(change_.late.size(), 0);
    change_.tail = {};
}

Status Engine::Impl::TakeTail(
    const Runner& runner,
    const Checker& checker,
    std::span<const Arrival> tail,
    SeriesState& state,
    SeriesOutput& out
) {
    ChangedPart part;
    part.range = {Runner::PendingFrom(state, tail.front().time), tail.back().time + kTick};
    part.tail_only = !Runner::PendingHasOutside(state, checker);
    part.first = out.rows.size();
    const size_t known = out.checkpoints.size();
    TILTH_CHECK(runner.Take(state, tail, out.rows, out.checkpoints));
    runner.AppendPending(state, out.rows);
    part.count = out.rows.size() - part.first;
    out.parts.push_back(part);
    if (state.rows_.capacity() > kRowsAtRest) state.rows_.shrink_to_fit();
    if (out.checkpoints.size() > known) {
        out.checkpoints_from = std::min(out.checkpoints_from, out.checkpoints[known].time);
    }
    return {};
}

Status Engine::Impl::TakeOutside(
    const Checker& checker,
    const Runner& runner,
    std::span<const Arrival> behind,
    const Surroundings& around,
    SeriesState& state,
    SeriesOutput& out
) {
    std::vector<Observation> rows;
    for (size_t i = 0; i < change_.late.size(); ++i) {
        if (change_.merged[i] == 0) rows.push_back(change_.late[i]);
    }
    for (const Arrival& arrival : behind) rows.push_back(RowOf(arrival, checker));
    if (rows.empty()) return {};
    TILTH_CHECK(MergeOutside(checker, runner, around.source, rows, out));
    const Observation* last = state.Last();
    for (const Observation& row : rows) {
        if (last == nullptr || row.time > last->time)
            state.next_outside_ = std::min(state.next_outside_, row.time);
    }
    return {};
}

Status Engine::Impl::FindNextOutside(RowSource& source, SeriesState& state) {
    const Observation* last = state.Last();
    if (last == nullptr || state.next_outside_ > last->time) return {};
    TILTH_TRY(const auto rows, source.Rows({last->time + kTick, Time::max()}, 0));
    state.next_outside_ = rows.empty() ? Time::max() : rows.front().time;
    return {};
}

Status Engine::Impl::Apply(
    const Checker& checker,
    std::span<const Arrival> arrivals,
    const Surroundings& around,
    SeriesState& state,
    SeriesOutput& out
) {
    out.Clear();
    if (!state.loaded()) TILTH_CHECK(Restore(checker, around, state));
    manual_.Build(around.manual_flags);
    const Runner runner(checker, around, manual_, segment_);
    Sorted sorted = Sort(checker, arrivals, state);
    FillChange(checker, sorted.late, state);
    if (!change_.touched.Empty()) {
        change_.tail = sorted.tail;
        TILTH_TRY(const bool end, Walker(checker, around, runner).Run(change_, state, out));
        if (end) sorted.tail = {};
        if (end) TILTH_CHECK(FindNextOutside(around.source, state));
    }
    if (!sorted.tail.empty()) TILTH_CHECK(TakeTail(runner, checker, sorted.tail, state, out));
    return TakeOutside(checker, runner, sorted.outside, around, state, out);
}

Status Engine::Impl::Recompute(
    const Checker& checker,
    TimeRange range,
    const Surroundings& around,
    SeriesState& state,
    SeriesOutput& out
) {
    out.Clear();
    if (!state.loaded()) TILTH_CHECK(Restore(checker, around, state));
    manual_.Build(around.manual_flags);
    const Runner runner(checker, around, manual_, segment_);
    change_ = {};
    const Observation* last = state.Last();
    const Time behind = last == nullptr ? Time::min() : last->time + kTick;
    change_.touched = {range.from, std::min(range.to, behind)};
    if (!change_.touched.Empty()) {
        TILTH_CHECK(Walker(checker, around, runner).Run(change_, state, out));
    }
    const TimeRange rest{std::max(range.from, behind), range.to};
    return rest.Empty() ? Status{} : RejudgeOutside(runner, around.source, rest, out);
}

Status Engine::Impl::Restore(
    const Checker& checker, const Surroundings& around, SeriesState& state
) {
    manual_.Build(around.manual_flags);
    const Runner runner(checker, around, manual_, segment_);
    return Walker(checker, around, runner).Restore(state);
}

Engine::Engine() : impl_(std::make_unique<Impl>()) {}
Engine::~Engine() = default;

Status Engine::Apply(
    const Checker& checker,
    std::span<const Arrival> arrivals,
    const Surroundings& around,
    SeriesState& state,
    SeriesOutput& out
) {
    Status status = impl_->Apply(checker, arrivals, around, state, out);
    if (!status) state.Reset();
    return status;
}

Status Engine::Recompute(
    const Checker& checker,
    TimeRange range,
    const Surroundings& around,
    SeriesState& state,
    SeriesOutput& out
) {
    Status status = impl_->Recompute(checker, range, around, state, out);
    if (!status) state.Reset();
    return status;
}

Status Engine::Restore(const Checker& checker, const Surroundings& around, SeriesState& state) {
    Status status = impl_->Restore(checker, around, state);
    if (!status) state.Reset();
    return status;
}

}  // namespace tilth::qc
