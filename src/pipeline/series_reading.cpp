// What a step reads of the store, read ahead: the ends of series after a start, the days that late
// readings fall into, and the hours and days that close. Series are read in groups, by a few
// questions a group, and a group is small enough for memory.
#include "pipeline/series_set.h"
#include "qc/series_rows.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

constexpr Duration kDay = std::chrono::days{1};
/// Counting rows that are read ahead of a day's: as many as tests look back, and some to spare.
constexpr size_t kBefore = 16;
/// A group is made so large that about so many rows are read for it.
constexpr size_t kGroupRows = 200'000;
constexpr size_t kSmallestGroup = 16;
constexpr size_t kLargestGroup = 4096;

/// Of one series, whatever part it has in StepLimits::known_rows.
constexpr size_t kMostKnownRows = 1024;
constexpr size_t kLeastKnownRows = 4;

/// Readings that come later than this are followed row by row where they are.
constexpr Duration kReadAhead = 3 * kDay;
/// Rows of a transaction's reading ahead that may stay in memory until its end.
constexpr size_t kMostReadAhead = 600'000;

/// The day at whose start a checkpoint stands that a change from `time` on is followed from.
Time DayBefore(Time time, const qc::Checker& checker) {
    const Duration ahead = std::min(checker.reach().ahead, kDay);
    return time < Time::min() + 2 * kDay ? Time::min() : FloorDay(time - ahead);
}

/// Counting rows ahead of a start that its tests look back to, as qc::SeriesReader asks for them.
size_t ContextRows(const qc::Checker& checker) {
    return std::max<size_t>(checker.reach().rows_back, 4) + 4;
}

/// The first time that a change at `touched` can change: not after what the engine finds.
Time FirstAffected(const Series& series, Time touched) {
    const qc::Reach& reach = series.checker.reach();
    Time first = std::min(touched, series.state.FoldsTime());
    if (reach.rows_ahead == 0) return first;
    Time by_rows = Time::min();
    if (auto rows = series.known.Rows({touched, touched}, reach.rows_ahead + 4)) {
        std::erase_if(*rows, [&](const Observation& row) {
            return !qc::InSeries(row, series.checker);
        });
        if (rows->size() > reach.rows_ahead)
            by_rows = (*rows)[rows->size() - reach.rows_ahead].time;
    }
    const bool is_far = touched < Time::min() + reach.ahead;
    return std::min(first, std::max(by_rows, is_far ? Time::min() : touched - reach.ahead));
}

/// Where the way to a change at `first` begins; nullopt: what is in memory does not reach so far.
std::optional<Time> KnownStart(const Series& series, Time first) {
    const size_t context = ContextRows(series.checker);
    const auto reaches = [&](Time start) { return series.known.Reaches(start, context); };
    if (series.checker.folds().empty()) return reaches(first) ? std::optional(first) : std::nullopt;
    const auto* snapshot = series.known.SnapshotBefore(first);
    if (snapshot != nullptr && reaches(snapshot->front().time)) return snapshot->front().time;
    if (first == Time::max()) return std::nullopt;
    const auto folds = series.known.FoldsBefore(first + Duration{1});
    if (!folds) return std::nullopt;
    const Time start = folds->empty() ? Time::min() : folds->front().time;
    return reaches(start) ? std::optional(start) : std::nullopt;
}

std::vector<qc::SavedFold> ToSaved(std::vector<Checkpoint>& checkpoints) {
    std::vector<qc::SavedFold> saved;
    saved.reserve(checkpoints.size());
    for (Checkpoint& checkpoint : checkpoints)
        saved.push_back({checkpoint.test, checkpoint.time, std::move(checkpoint.state)});
    return saved;
}

}  // namespace

Status SeriesSet::ForGroups(
    ProcessTransaction& transaction,
    std::span<const Task> tasks,
    const std::function<Status(const Task&)>& work
) {
    while (!tasks.empty()) {
        const auto group = tasks.first(std::min(tasks.size(), group_size_));
        tasks = tasks.subspan(group.size());
        TILTH_CHECK(ReadAhead(transaction, group));
        for (const Task& task : group) TILTH_CHECK(work(task));
        if (read_ahead_rows_ < kMostReadAhead) continue;
        for (const Task& task : group) series_[task.series].known.Trim(KnownRowsOfOne());
    }
    return {};
}

Status SeriesSet::ReadAhead(ProcessTransaction& transaction, std::span<const Task> tasks) {
    Wants wants;
    TILTH_CHECK(WantEnds(transaction, tasks, wants));
    for (const Task& task : tasks) WantLate(task, wants);
    if (wants.empty()) return {};
    return ReadWanted(transaction, wants);
}

/// Of series that are used for the first time since the start: their last day.
Status SeriesSet::WantEnds(
    ProcessTransaction& transaction, std::span<const Task> tasks, Wants& wants
) {
    std::vector<size_t> unknown;
    std::vector<DatastreamId> ids;
    const auto add = [&](size_t index) {
        unknown.push_back(index);
        ids.push_back(series_[index].id);
    };
    for (const Task& task : tasks) {
        const Series& series = series_[task.series];
        if (!series.state.loaded()) add(task.series);
        for (const size_t derivation : series.derivations) {
            const size_t derived = index_.at(config_.site.derivations[derivation].datastream.id);
            if (!series_[derived].rollups) add(derived);
        }
    }
    if (unknown.empty()) return {};
    TILTH_TRY(const auto last_times, transaction.LastTimes(ids));
    for (size_t i = 0; i < unknown.size(); ++i) {
        Series& series = series_[unknown[i]];
        const std::optional<Time> last = last_times[i];
        const bool is_new = !series.rollups;
        if (is_new) series.rollups.emplace(open_rows_, last);
        if (!last && !series.derived) {
            series.known.StartEmpty();
            series.state.StartEmpty();
        }
        if (!last) continue;
        Want& want = wants.try_emplace(unknown[i]).first->second;
        want.from = std::min(want.from, DayBefore(*last, series.checker));
        want.folds = !series.derived;
        want.is_new = want.is_new || is_new;
        WantCompanions(series, want.from, wants);
    }
    return {};
}

/// What a late reading needs and memory does not have.
void SeriesSet::WantLate(const Task& task, Wants& wants) {
    const Series& series = series_[task.series];
    const Observation* last = series.state.loaded() ? series.state.Last() : nullptr;
    if (last == nullptr || task.touched.from > last->time) return;
    const Time first = FirstAffected(series, task.touched.from);
    if (const auto start = KnownStart(series, first)) return WantCompanions(series, *start, wants);
    if (first < last->time - kReadAhead) return;
    const Time from = DayBefore(first, series.checker);
    Want& want = wants.try_emplace(task.series).first->second;
    want.from = std::min(want.from, from);
    want.folds = true;
    WantCompanions(series, from, wants);
}

void SeriesSet::WantCompanions(const Series& series, Time from, Wants& wants) {
    for (size_t i = 0; i < series.companions.size(); ++i) {
        if (series.companions[i] == Series::kNone) continue;
        const Duration tolerance = series.checker.companions()[i].tolerance;
        const Time earliest = from < Time::min() + tolerance ? Time::min() : from - tolerance;
        if (series_[series.companions[i]].known.Reaches(earliest, 0)) continue;
        Want& want = wants.try_emplace(series.companions[i]).first->second;
        want.from = std::min(want.from, earliest);
    }
}

Status SeriesSet::ReadWanted(ProcessTransaction& transaction, const Wants& wants) {
    std::vector<ProcessTransaction::SegmentRequest> segments;
    std::vector<ProcessTransaction::CheckpointRequest> folds;
    for (const auto& [index, want] : wants) {
        const Series& series = series_[index];
        segments.push_back({series.id, {want.from, Time::max()}, kBefore});
        if (want.folds && !series.checker.folds().empty()) folds.push_back({series.id, want.from});
    }
    TILTH_TRY(auto rows, transaction.ReadSegments(segments));
    TILTH_TRY(auto checkpoints, transaction.ReadCheckpoints(folds));
    size_t count = 0;
    auto next_rows = rows.begin();
    auto next_folds = checkpoints.begin();
    for (const auto& [index, want] : wants) {
        Series& series = series_[index];
        count += next_rows->size();
        if (want.is_new) series.rollups->Hold(want.from, *next_rows);
        if (!series.derived) series.known.TakeRows(want.from, kBefore, std::move(*next_rows));
        ++next_rows;
        if (!want.folds || series.checker.folds().empty()) continue;
        series.known.TakeFolds(want.from, ToSaved(*next_folds++));
    }
    read_ahead_rows_ += count;
    const size_t each = std::max<size_t>(count / wants.size(), 1);
    group_size_ = std::clamp(kGroupRows / each, kSmallestGroup, kLargestGroup);
    return {};
}

Status SeriesSet::FinishAll(ProcessTransaction& transaction) {
    for (size_t done = 0; done < used_.size();) {
        // Finishing a series may append those derived from it.
        const size_t end = std::min(used_.size(), done + group_size_);
        const std::vector<size_t> group(
            used_.begin() + static_cast<std::ptrdiff_t>(done),
            used_.begin() + static_cast<std::ptrdiff_t>(end)
        );
        TILTH_CHECK(ReadClosing(transaction, group));
        for (const size_t index : group) {
            TILTH_CHECK(Finish(transaction, index));
            series_[index].read_ahead = {};
        }
        done = end;
    }
    return {};
}

/// Rows of the hours and days that close and are not held in memory.
Status SeriesSet::ReadClosing(ProcessTransaction& transaction, std::span<const size_t> group) {
    std::vector<ProcessTransaction::SegmentRequest> requests;
    std::vector<size_t> of;
    for (const size_t index : group) {
        const Series& series = series_[index];
        TimeRange wanted{Time::max(), Time::min()};
        for (size_t i = 0; i < series.used; ++i) {
            const qc::SeriesOutput& output = series.outputs[i];
            for (const qc::ChangedPart& part : output.parts) {
                if (part.count == 0) continue;
                const TimeRange read =
                    series.rollups->WouldRead(part.range, output.RowsOf(part).back().time);
                wanted.from = std::min(wanted.from, read.from);
                wanted.to = std::max(wanted.to, read.to);
            }
        }
        if (wanted.Empty() || wanted.to - wanted.from > kReadAhead) continue;
        if (series.known.Reaches(wanted.from, 0)) continue;
        requests.push_back({series.id, wanted, 0});
        of.push_back(index);
    }
    if (requests.empty()) return {};
    TILTH_TRY(auto rows, transaction.ReadSegments(requests));
    for (size_t i = 0; i < of.size(); ++i)
        series_[of[i]].read_ahead = {requests[i].range, std::move(rows[i])};
    return {};
}

/// Before a series is judged anew from `touched` on.
void SeriesSet::ForgetSnapshots(Series& series, Time touched) {
    const Observation* last = series.state.loaded() ? series.state.Last() : nullptr;
    if (last == nullptr || touched > last->time) return;
    series.known.Touch(FirstAffected(series, touched));
}

size_t SeriesSet::KnownRowsOfOne() const {
    const size_t part = known_rows_ / std::max<size_t>(series_.size(), 1);
    return std::clamp(part, kLeastKnownRows, kMostKnownRows);
}

/// After the commit: what was written comes to what is known.
void SeriesSet::KeepKnown(Series& series) {
    if (series.derived || !series.known.known()) return;
    const size_t most = KnownRowsOfOne();
    for (size_t i = 0; i < series.used; ++i) series.known.Apply(series.outputs[i], most);
    if (series.state.loaded() && series.known.WantsSnapshot(series.state.FoldsTime(), most / 4))
        series.known.AddSnapshot(series.state.Folds(series.checker));
    series.known.Trim(most);
}

}  // namespace tilth::pipeline
