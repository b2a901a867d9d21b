#include "pipeline/series.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

size_t OutputRows(const Series& series) {
    size_t count = 0;
    for (size_t i = 0; i < series.used; ++i) count += series.outputs[i].rows.size();
    return count;
}

/// Puts the outputs of this transaction over stored rows; what lies outside `window` is left as it
/// is.
void Overlay(const Series& series, TimeRange window, std::vector<Observation>& rows) {
    for (size_t i = 0; i < series.used; ++i) {
        const qc::SeriesOutput& output = series.outputs[i];
        for (const qc::ChangedPart& part : output.parts) {
            const TimeRange range{
                std::max(part.range.from, window.from), std::min(part.range.to, window.to)};
            if (range.Empty()) continue;
            const auto from = std::ranges::lower_bound(rows, range.from, {}, &Observation::time);
            const auto to = std::ranges::lower_bound(rows, range.to, {}, &Observation::time);
            const auto fresh = output.RowsOf(part);
            const auto first = std::ranges::lower_bound(fresh, range.from, {}, &Observation::time);
            const auto last = std::ranges::lower_bound(fresh, range.to, {}, &Observation::time);
            const auto at = rows.erase(from, to);
            rows.insert(at, first, last);
        }
    }
}

/// Leaves at most `before` counting rows (and what does not count between them) ahead of `from`.
void TrimBefore(Time from, size_t before, std::vector<Observation>& rows) {
    auto at = std::ranges::lower_bound(rows, from, {}, &Observation::time);
    while (before > 0 && at != rows.begin()) {
        --at;
        if (at->counts) --before;
    }
    rows.erase(rows.begin(), at);
}

std::vector<qc::SavedFold> ToSaved(std::vector<Checkpoint> checkpoints) {
    std::vector<qc::SavedFold> saved;
    saved.reserve(checkpoints.size());
    for (Checkpoint& checkpoint : checkpoints) {
        saved.push_back({checkpoint.test, checkpoint.time, std::move(checkpoint.state)});
    }
    return saved;
}

/// The earliest time from which stored checkpoints are void.
Time CheckpointsFromTime(const Series& series) {
    Time from = Time::max();
    for (size_t i = 0; i < series.used; ++i)
        from = std::min(from, series.outputs[i].checkpoints_from);
    return from;
}

/// Checkpoints of this transaction, in time order.
std::vector<qc::SavedFold> FreshCheckpoints(const Series& series) {
    std::vector<qc::SavedFold> fresh;
    for (size_t i = 0; i < series.used; ++i) {
        const qc::SeriesOutput& output = series.outputs[i];
        std::erase_if(fresh, [&](const qc::SavedFold& fold) {
            return fold.time >= output.checkpoints_from;
        });
        fresh.insert(fresh.end(), output.checkpoints.begin(), output.checkpoints.end());
    }
    return fresh;
}

}  // namespace

Result<std::vector<Observation>> TransactionRows::Rows(TimeRange range, size_t before) {
    const size_t fresh = OutputRows(series_);
    TILTH_TRY(std::vector<Observation> rows, StoredRows(range, before > 0 ? before + fresh : 0));
    if (fresh == 0) return rows;
    TimeRange window = range;
    if (before > 0) {
        const auto ahead = std::ranges::count_if(rows, [&](const Observation& row) {
            return row.counts && row.time < range.from;
        });
        const bool reached_start = static_cast<size_t>(ahead) < before + fresh;
        window.from = reached_start ? Time::min() : rows.front().time;
    }
    Overlay(series_, window, rows);
    TrimBefore(range.from, before, rows);
    return rows;
}

Result<std::vector<Observation>> TransactionRows::StoredRows(TimeRange range, size_t before) {
    if (auto known = series_.known.Rows(range, before)) return std::move(*known);
    const Series::Stretch& ahead = series_.read_ahead;
    if (before == 0 && ahead.range.from <= range.from && range.to <= ahead.range.to) {
        const auto from = std::ranges::lower_bound(ahead.rows, range.from, {}, &Observation::time);
        const auto to = std::ranges::lower_bound(ahead.rows, range.to, {}, &Observation::time);
        return std::vector<Observation>(from, to);
    }
    return transaction_.ReadSegment(series_.id, range, before);
}

Result<std::vector<qc::SavedFold>> TransactionRows::StoredFoldsBefore(Time time) {
    if (auto known = series_.known.FoldsBefore(time)) return std::move(*known);
    TILTH_TRY(std::vector<Checkpoint> stored, transaction_.CheckpointsBefore(series_.id, time));
    return ToSaved(std::move(stored));
}

Result<std::vector<qc::SavedFold>> TransactionRows::CheckpointsBefore(Time time) {
    const Time void_from = CheckpointsFromTime(series_);
    TILTH_TRY(std::vector<qc::SavedFold> latest, StoredFoldsBefore(std::min(time, void_from)));
    for (const qc::SavedFold& fold : FreshCheckpoints(series_)) {
        if (fold.time >= time) continue;
        const auto same = std::ranges::find(latest, fold.test, &qc::SavedFold::test);
        if (same == latest.end()) {
            latest.push_back(fold);
        } else {
            *same = fold;
        }
    }
    const std::vector<qc::SavedFold>* snapshot =
        time == Time::min() ? nullptr : series_.known.SnapshotBefore(time - Duration{1});
    const bool is_later =
        snapshot != nullptr && std::ranges::all_of(latest, [snapshot](const qc::SavedFold& fold) {
            return fold.time < snapshot->front().time;
        });
    return is_later ? *snapshot : latest;
}

Result<std::vector<qc::SavedFold>> TransactionRows::CheckpointsFrom(Time time) {
    const Time void_from = CheckpointsFromTime(series_);
    std::vector<qc::SavedFold> saved;
    if (auto known = series_.known.FoldsFrom(time)) {
        saved = std::move(*known);
    } else {
        TILTH_TRY(std::vector<Checkpoint> stored, transaction_.CheckpointsFrom(series_.id, time));
        saved = ToSaved(std::move(stored));
    }
    std::erase_if(saved, [&](const qc::SavedFold& fold) { return fold.time >= void_from; });
    for (qc::SavedFold& fold : FreshCheckpoints(series_)) {
        if (fold.time >= time) saved.push_back(std::move(fold));
    }
    return saved;
}

Result<std::vector<Observation>> TransactionRows::CompanionRows(
    DatastreamId companion, TimeRange range
) {
    const Series* series = find_(companion);
    if (series == nullptr) return transaction_.ReadSegment(companion, range, 0);
    return TransactionRows(transaction_, *series, find_).Rows(range, 0);
}

}  // namespace tilth::pipeline
