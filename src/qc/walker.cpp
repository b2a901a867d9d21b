#include "qc/walker.h"

#include "qc/differences.h"
#include "qc/series_rows.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace tilth::qc {
namespace {

constexpr Duration kDay = std::chrono::days{1};
constexpr Duration kTick{1};
constexpr size_t kChunkRows = 16384;

Time After(Time time, Duration distance) {
    return time > Time::max() - distance ? Time::max() : time + distance;
}

void SortCheckpoints(std::vector<SavedFold>& folds) {
    std::ranges::sort(folds, {}, [](const SavedFold& fold) {
        return std::pair(fold.time, fold.test);
    });
}

}  // namespace

Walker::Chunk Walker::FirstChunk(Time from, Time touched) const {
    const Time day_end = FloorDay(std::max(touched, Time{})) + kDay;
    if (day_end > end_) return {{from, After(end_, kTick)}, true};
    return {{from, day_end}, false};
}

Walker::Chunk Walker::NextChunk(const Chunk& chunk, size_t rows) const {
    const Duration longest = (rows == 0 ? 4096 : 64) * kDay;
    const Time from = std::max(chunk.range.from, chunk.range.to - longest);
    const Duration length = chunk.range.to - from;
    const Duration next = rows < kChunkRows ? std::min(2 * length, longest) : length;
    const Time to = std::max(FloorDay(chunk.range.to + next), chunk.range.to + kDay);
    if (to > end_) return {{chunk.range.to, After(end_, kTick)}, true};
    return {{chunk.range.to, to}, false};
}

void Walker::PushMerged(const std::vector<Observation>& stored, TimeRange range, Change& change) {
    std::vector<Observation>& rows = Runner::Rows(work_);
    auto late = std::ranges::lower_bound(change.late, range.from, {}, &Observation::time);
    const auto end = std::ranges::lower_bound(change.late, range.to, {}, &Observation::time);
    size_t next = 0;
    while (next < stored.size() || late != end) {
        const Time time = late == end || (next < stored.size() && stored[next].time < late->time)
                              ? stored[next].time
                              : late->time;
        const size_t group = rows.size();
        for (; next < stored.size() && stored[next].time == time; ++next)
            rows.push_back(stored[next]);
        for (; late != end && late->time == time; ++late) {
            rows.push_back(*late);
            change.merged[static_cast<size_t>(late - change.late.begin())] = 1;
        }
        MergeRows(rows, group, checker_);
    }
}

Result<size_t> Walker::WalkChunk(const Chunk& chunk, Change& change) {
    TILTH_TRY(const auto rows, source_.Rows(chunk.range, 0));
    stored_.insert(stored_.end(), rows.begin(), rows.end());
    PushMerged(rows, chunk.range, change);
    TILTH_CHECK(runner_.Step(work_, computed_, new_checkpoints_));
    if (!chunk.last) return rows.size();
    TILTH_CHECK(runner_.Take(work_, change.tail, computed_, new_checkpoints_));
    runner_.AppendPending(work_, computed_);
    return rows.size();
}

void Walker::NoteEmitted(Time touched_end) {
    const size_t enough = checker_.reach().rows_back;
    for (const Observation& row : computed_) {
        if (after_change_.size() >= enough) return;
        if (row.time >= touched_end && InSeries(row, checker_)) after_change_.push_back(row.time);
    }
}

bool Walker::AgreesAt(Time boundary) const {
    const auto of = [boundary](const std::vector<SavedFold>& folds) {
        return std::ranges::equal_range(folds, boundary, {}, &SavedFold::time);
    };
    return std::ranges::equal(of(old_checkpoints_), of(new_checkpoints_));
}

bool Walker::CanStop(const Change& change, Time hi, const SeriesState& resident) {
    if (hi < change.touched.to) return false;
    const Reach& reach = checker_.reach();
    const Time by_time = After(change.touched.to, reach.back + kTick);
    const bool full = after_change_.size() >= reach.rows_back;
    const Time by_rows = !full                 ? Time::max()
                         : reach.rows_back > 0 ? after_change_.back() + kTick
                                               : change.touched.to;
    const Time unaffected = std::min(by_time, by_rows);
    const Time settled = Runner::PendingFrom(work_, hi);
    if (unaffected > settled || unaffected > resident.known_from()) return false;
    if (checker_.folds().empty()) return true;
    const auto later =
        std::ranges::upper_bound(new_checkpoints_, resident.known_from(), {}, &SavedFold::time);
    if (later == new_checkpoints_.begin()) return false;
    const Time boundary = std::prev(later)->time;
    if (boundary < unaffected || !AgreesAt(boundary)) return false;
    agreed_ = boundary;
    return true;
}

void Walker::GiveDifferences(Time before, SeriesOutput& out) {
    const auto split = std::ranges::lower_bound(stored_, before, {}, &Observation::time);
    AppendDifferences(std::span(stored_.begin(), split), computed_, out);
    stored_.erase(stored_.begin(), split);
    computed_.clear();
}

void Walker::GiveCheckpoints(Time from, SeriesOutput& out) {
    std::vector<SavedFold> all;
    const auto walked = [this, from](const SavedFold& fold) {
        return from <= fold.time && fold.time <= agreed_;
    };
    std::ranges::copy_if(new_checkpoints_, std::back_inserter(all), walked);
    std::ranges::copy_if(old_checkpoints_, std::back_inserter(all), std::not_fn(walked));
    std::ranges::stable_sort(all, {}, &SavedFold::time);
    const auto [fresh, old] = std::ranges::mismatch(all, old_checkpoints_);
    Time first = Time::max();
    if (fresh != all.end()) first = fresh->time;
    if (old != old_checkpoints_.end()) first = std::min(first, old->time);
    if (first == Time::max()) return;
    out.checkpoints_from = first;
    const auto rest = std::ranges::lower_bound(all, first, {}, &SavedFold::time);
    out.checkpoints.assign(rest, all.end());
}

void Walker::Finish(SeriesState& state) {
    std::vector<Observation>& rows = work_.rows_;
    work_.next_outside_ = state.next_outside_;
    size_t end = rows.size();  // after the last group that stands in the series
    for (size_t i = rows.size(); i > 0; --i) {
        if (!rows[i - 1].counts) continue;
        if (!Outside(rows[i - 1], checker_)) break;
        work_.next_outside_ = rows[i - 1].time;
        end = i - 1;
    }
    rows.resize(end);
    rows.shrink_to_fit();
    work_.pending_ = std::min(work_.pending_, rows.size());
    std::swap(state, work_);
}

Result<bool> Walker::Run(Change& change, SeriesState& state, SeriesOutput& out) {
    const Observation* last = state.Last();
    end_ = std::max(last == nullptr ? Time::min() : last->time, change.touched.to - kTick);
    TILTH_TRY(Time first, reader_.FirstAffected(change.touched.from));
    // Any later row, however far, may settle a pending one.
    const Time pending = Runner::PendingFrom(state, Time::max());
    if (change.touched.to > pending) first = std::min(first, pending);
    TILTH_TRY(FoldStart start, reader_.StartBefore(first));
    const Time from = start.from;
    TILTH_CHECK(BeginAt(std::move(start)));
    if (!checker_.folds().empty()) {
        TILTH_TRY(old_checkpoints_, source_.CheckpointsFrom(from));
        SortCheckpoints(old_checkpoints_);
    }
    for (Chunk chunk = FirstChunk(from, change.touched.from);;) {
        TILTH_TRY(const size_t rows, WalkChunk(chunk, change));
        NoteEmitted(change.touched.to);
        const Time done = chunk.last ? Time::max() : Runner::PendingFrom(work_, chunk.range.to);
        GiveDifferences(done, out);
        const bool stop = !chunk.last && CanStop(change, chunk.range.to, state);
        if (stop) LeaveUnsettled(done, change);
        if (chunk.last || stop) GiveCheckpoints(from, out);
        if (chunk.last) Finish(state);
        if (chunk.last || stop) return chunk.last;
        chunk = NextChunk(chunk, rows);
    }
}

/// Rows that were met but not given out are somebody else's to merge.
void Walker::LeaveUnsettled(Time done, Change& change) {
    for (size_t i = 0; i < change.late.size(); ++i) {
        if (change.late[i].time >= done) change.merged[i] = 0;
    }
}

Status Walker::BeginAt(FoldStart start) {
    std::vector<Observation> context;
    if (start.from != Time::min()) {
        TILTH_TRY(context, reader_.RowsBefore(start.from, Runner::ContextRows(checker_)));
    }
    runner_.Begin(work_, std::move(context), std::move(start.folds), start.from);
    return {};
}

Result<Time> Walker::FirstPending() {
    const size_t last = checker_.reach().rows_ahead + 1;
    TILTH_TRY(const auto rows, reader_.RowsBefore(Time::max(), last));
    return rows.empty() ? Time::min() : rows[rows.size() - std::min(rows.size(), last)].time;
}

Status Walker::Restore(SeriesState& state) {
    TILTH_TRY(const Time first, FirstPending());
    TILTH_TRY(FoldStart start, reader_.StartBefore(first));
    const Time from = start.from;
    TILTH_CHECK(BeginAt(std::move(start)));
    TILTH_TRY(const auto rows, source_.Rows({from, Time::max()}, 0));
    Change nothing;
    PushMerged(rows, {from, Time::max()}, nothing);
    TILTH_CHECK(runner_.Step(work_, computed_, new_checkpoints_));
    state.Reset();
    Finish(state);
    return {};
}

}  // namespace tilth::qc
