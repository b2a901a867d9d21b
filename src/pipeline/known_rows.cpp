#include "pipeline/known_rows.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

/// Counting rows kept ahead of what is held, and ahead of a snapshot: as many as a test looks back.
constexpr size_t kRowsAhead = 16;

Time AtOf(const std::vector<qc::SavedFold>& snapshot) {
    return snapshot.front().time;
}

/// Puts the rows of a part in the place of those in its range, as far as it lies at or after
/// `from`.
void Replace(
    TimeRange range, std::span<const Observation> fresh, Time from, std::vector<Observation>& rows
) {
    range.from = std::max(range.from, from);
    if (range.Empty()) return;
    const auto first = std::ranges::lower_bound(fresh, range.from, {}, &Observation::time);
    const auto begin = std::ranges::lower_bound(rows, range.from, {}, &Observation::time);
    const auto end = std::ranges::lower_bound(begin, rows.end(), range.to, {}, &Observation::time);
    const auto overlap = std::min(end - begin, fresh.end() - first);
    std::copy(first, first + overlap, begin);
    if (first + overlap == fresh.end()) {
        rows.erase(begin + overlap, end);
    } else {
        rows.insert(end, first + overlap, fresh.end());
    }
}

}  // namespace

void KnownRows::StartEmpty() {
    *this = KnownRows();
    known_ = from_start_ = folds_known_ = true;
    from_ = folds_from_ = Time::min();
}

void KnownRows::TakeRows(Time from, size_t before, std::vector<Observation> segment) {
    known_ = true;
    from_ = from;
    rows_ = std::move(segment);
    const auto first = std::ranges::lower_bound(rows_, from, {}, &Observation::time);
    from_start_ = static_cast<size_t>(first - rows_.begin()) < before;
}

void KnownRows::TakeFolds(Time from, std::vector<qc::SavedFold> folds) {
    folds_known_ = true;
    folds_from_ = from;
    folds_ = std::move(folds);
    std::ranges::stable_sort(folds_, {}, &qc::SavedFold::time);
}

std::optional<std::vector<Observation>> KnownRows::Rows(TimeRange range, size_t before) const {
    if (!known_ || range.from < from_) return std::nullopt;
    const auto from = std::ranges::lower_bound(rows_, range.from, {}, &Observation::time);
    std::vector<Observation> rows;
    for (auto row = from; row != rows_.begin() && rows.size() < before;) {
        --row;
        if (row->counts) rows.push_back(*row);
    }
    if (rows.size() < before && !from_start_) return std::nullopt;
    std::ranges::reverse(rows);
    const auto to = std::ranges::lower_bound(from, rows_.end(), range.to, {}, &Observation::time);
    rows.insert(rows.end(), from, to);
    return rows;
}

std::optional<std::vector<qc::SavedFold>> KnownRows::FoldsBefore(Time time) const {
    if (!folds_known_ || time < folds_from_) return std::nullopt;
    std::vector<qc::SavedFold> latest;
    for (const qc::SavedFold& fold : folds_) {
        if (fold.time >= time) break;
        const auto same = std::ranges::find(latest, fold.test, &qc::SavedFold::test);
        if (same == latest.end()) {
            latest.push_back(fold);
        } else {
            *same = fold;
        }
    }
    return latest;
}

std::optional<std::vector<qc::SavedFold>> KnownRows::FoldsFrom(Time time) const {
    if (!folds_known_) return std::nullopt;
    // Of each test there is none between the latest before folds_from_ and folds_from_ itself.
    const auto later = std::ranges::lower_bound(folds_, folds_from_, {}, &qc::SavedFold::time);
    const bool complete =
        time >= folds_from_ || later == folds_.begin() || std::prev(later)->time <= time;
    if (!complete) return std::nullopt;
    const auto first = std::ranges::lower_bound(folds_, time, {}, &qc::SavedFold::time);
    return std::vector<qc::SavedFold>(first, folds_.end());
}

const std::vector<qc::SavedFold>* KnownRows::SnapshotBefore(Time time) const {
    const auto after = std::ranges::upper_bound(snapshots_, time, {}, AtOf);
    return after == snapshots_.begin() ? nullptr : &*std::prev(after);
}

bool KnownRows::Reaches(Time time, size_t ahead) const {
    if (!known_ || time < from_) return false;
    const auto first = std::ranges::lower_bound(rows_, time, {}, &Observation::time);
    return from_start_ || std::ranges::count_if(rows_.begin(), first, &Observation::counts) >=
                              static_cast<std::ptrdiff_t>(ahead);
}

void KnownRows::Apply(const qc::SeriesOutput& output, size_t most) {
    if (known_) {
        for (const qc::ChangedPart& part : output.parts) {
            const bool is_end = rows_.empty() || rows_.back().time < part.range.to;
            if (part.count > 2 * most && is_end) {
                TakeEnd(output.RowsOf(part), most);
                continue;
            }
            if (part.range.from < from_) {
                // Rows ahead of what is held may have changed.
                const auto first = std::ranges::lower_bound(rows_, from_, {}, &Observation::time);
                from_start_ = false;
                rows_.erase(rows_.begin(), first);
            }
            Replace(part.range, output.RowsOf(part), from_, rows_);
        }
    }
    if (!folds_known_ || output.checkpoints_from == Time::max()) return;
    if (output.checkpoints_from < folds_from_) {
        folds_known_ = false;
        folds_.clear();
        return;
    }
    const auto void_from =
        std::ranges::lower_bound(folds_, output.checkpoints_from, {}, &qc::SavedFold::time);
    folds_.erase(void_from, folds_.end());
    folds_.insert(folds_.end(), output.checkpoints.begin(), output.checkpoints.end());
}

void KnownRows::TakeEnd(std::span<const Observation> rows, size_t most) {
    size_t first = rows.size() - most;
    while (first > 0 && rows[first - 1].time == rows[first].time) --first;
    TakeRows(
        rows[first].time, SIZE_MAX, {rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end()}
    );
    from_start_ = false;
    Touch(Time::min());
}

void KnownRows::Touch(Time time) {
    const auto after = std::ranges::upper_bound(snapshots_, time, {}, AtOf);
    snapshots_.erase(after, snapshots_.end());
}

bool KnownRows::WantsSnapshot(Time at, size_t every) const {
    if (!known_ || rows_.empty()) return false;
    const Time last = snapshots_.empty() ? from_ : AtOf(snapshots_.back());
    const auto from = std::ranges::lower_bound(rows_, last, {}, &Observation::time);
    return at > last && static_cast<size_t>(rows_.end() - from) >= every;
}

void KnownRows::AddSnapshot(std::vector<qc::SavedFold> folds) {
    if (!folds.empty()) snapshots_.push_back(std::move(folds));
}

void KnownRows::TrimRows(size_t most) {
    if (rows_.size() <= most + most / 4) return;
    // Of what stands before from_ only some is known.
    const auto known = std::ranges::lower_bound(rows_, from_, {}, &Observation::time);
    size_t first = std::max(rows_.size() - most, static_cast<size_t>(known - rows_.begin()));
    if (first == rows_.size()) return;
    while (first > 0 && rows_[first - 1].time == rows_[first].time) --first;
    if (first == 0) return;
    from_ = rows_[first].time;
    from_start_ = false;
    size_t ahead = first;  // counting rows are gathered right before `first`
    for (size_t i = first; i-- > 0 && first - ahead < kRowsAhead;) {
        if (rows_[i].counts) rows_[--ahead] = rows_[i];
    }
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(ahead));
    if (rows_.capacity() > 2 * rows_.size()) rows_.shrink_to_fit();

    std::erase_if(snapshots_, [this](const auto& snapshot) { return AtOf(snapshot) < from_; });
}

/// Of a long history only the checkpoints are needed that a change of what is held begins at.
void KnownRows::TrimFolds() {
    if (!folds_known_ || from_ <= folds_from_) return;
    std::vector<qc::SavedFold> kept = *FoldsBefore(from_);
    const auto later = std::ranges::lower_bound(folds_, from_, {}, &qc::SavedFold::time);
    kept.insert(kept.end(), later, folds_.end());
    folds_ = std::move(kept);
    folds_from_ = from_;
    std::ranges::stable_sort(folds_, {}, &qc::SavedFold::time);
}

void KnownRows::Trim(size_t most) {
    TrimRows(most);
    TrimFolds();
}

}  // namespace tilth::pipeline
