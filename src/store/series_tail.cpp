#include "store/series_tail.h"

#include <algorithm>

namespace tilth {
namespace {

constexpr auto kTimeOfTail = [](const TailRow& row) { return row.row.time; };

TimeRange Instant(Time time) {
    return {time, time == Time::max() ? time : time + Duration{1}};
}

bool SameButProvisional(const Observation& a, const Observation& b) {
    Observation copy = a;
    copy.provisional = b.provisional;
    return copy == b;
}

/// End of the run of rows with one time that starts at `first`.
template <class Rows, class TimeOf>
size_t GroupEnd(const Rows& rows, size_t first, TimeOf time_of) {
    size_t end = first + 1;
    while (end < rows.size() && time_of(rows[end]) == time_of(rows[first])) ++end;
    return end;
}

bool SameGroup(std::span<const TailRow> old_rows, std::span<const Observation> new_rows) {
    return std::ranges::equal(old_rows, new_rows, [](const TailRow& a, const Observation& b) {
        return SameButProvisional(a.row, b);
    });
}

/// Walks the old and the new rows of a range by time and plans what differs. Gives for each new row
/// how it will be stored.
class RangeMerge {
  public:
    RangeMerge(
        std::span<const TailRow> old_rows, std::span<const Observation> new_rows, TailPlan& plan
    )
        : old_(old_rows), new_(new_rows), plan_(plan), kept_as_(new_rows.size(), kAppended) {}

    void Run() {
        size_t i = 0;
        size_t j = 0;
        while (i < old_.size() || j < new_.size()) {
            const bool old_first =
                j == new_.size() || (i < old_.size() && old_[i].row.time < new_[j].time);
            const bool new_first =
                i == old_.size() || (j < new_.size() && new_[j].time < old_[i].row.time);
            const size_t old_end = new_first ? i : GroupEnd(old_, i, kTimeOfTail);
            const size_t new_end = old_first ? j : GroupEnd(new_, j, &TimeOf);
            Group(i, old_end, j, new_end);
            i = old_end;
            j = new_end;
        }
        CloseInsert(new_.size());
    }

    bool StoredProvisional(size_t index) const {
        const uint8_t kept = kept_as_[index];
        return kept == kAppended ? new_[index].provisional : kept == kKeptProvisional;
    }

  private:
    static constexpr uint8_t kAppended = 0;
    static constexpr uint8_t kKeptFinal = 1;
    static constexpr uint8_t kKeptProvisional = 2;

    static Time TimeOf(const Observation& row) { return row.time; }

    void Group(size_t i, size_t old_end, size_t j, size_t new_end) {
        const auto old_group = old_.subspan(i, old_end - i);
        const auto new_group = new_.subspan(j, new_end - j);
        if (!old_group.empty() && SameGroup(old_group, new_group)) {
            CloseInsert(j);
            insert_from_ = new_end;
            for (size_t k = 0; k < old_group.size(); ++k) {
                kept_as_[j + k] = old_group[k].stored_provisional ? kKeptProvisional : kKeptFinal;
            }
            return;
        }
        if (!old_group.empty()) plan_.deletes.push_back(Instant(old_group.front().row.time));
    }

    void CloseInsert(size_t end) {
        if (insert_from_ < end)
            plan_.inserts.push_back(new_.subspan(insert_from_, end - insert_from_));
        insert_from_ = end;
    }

    std::span<const TailRow> old_;
    std::span<const Observation> new_;
    TailPlan& plan_;
    std::vector<uint8_t> kept_as_;
    size_t insert_from_ = 0;
};

/// Of a long bulk change only the end can be tail: the index before which no row can.
size_t EndOfBulk(std::span<const Observation> rows) {
    const auto provisional = std::ranges::find_if(rows, &Observation::provisional);
    size_t first = rows.size();
    while (first > 0 && !rows[first - 1].counts) --first;
    first = std::min(first > 0 ? first - 1 : 0, static_cast<size_t>(provisional - rows.begin()));
    while (first > 0 && rows[first - 1].time == rows[first].time) --first;
    return first;
}

}  // namespace

bool HasCountingRow(std::span<const TailRow> rows) {
    return std::ranges::any_of(rows, [](const TailRow& row) { return row.row.counts; });
}

size_t TailStart(std::span<const TailRow> rows) {
    if (rows.empty()) return 0;
    size_t newest_counting = 0;
    for (size_t i = rows.size(); i-- > 0;) {
        if (rows[i].row.counts) {
            newest_counting = i;
            break;
        }
    }
    const auto provisional =
        std::ranges::find_if(rows, [](const TailRow& row) { return row.row.provisional; });
    const auto first_provisional = static_cast<size_t>(provisional - rows.begin());
    size_t start = std::min(newest_counting, first_provisional);
    while (start > 0 && rows[start - 1].row.time == rows[start].row.time) --start;
    return start;
}

Time KnownFrom(std::span<const TailRow> tail, const SeriesChange& change) {
    if (tail.empty()) return Time::min();
    const Time start = tail.front().row.time;
    for (const Observation& row : change.rows) {
        if (row.time >= start) break;
        if (row.provisional) return row.time;
    }
    return start;
}

void RewriteMisleading(TailPlan& plan) {
    for (size_t i = 0; i < plan.tail.size();) {
        const size_t end = GroupEnd(plan.tail, i, kTimeOfTail);
        const auto group = std::span(plan.tail).subspan(i, end - i);
        i = end;
        const bool misleading = std::ranges::any_of(group, [](const TailRow& row) {
            return row.stored_provisional != row.row.provisional;
        });
        if (!misleading) continue;
        plan.deletes.push_back(Instant(group.front().row.time));
        std::vector<Observation>& again = plan.rewritten.emplace_back();
        for (TailRow& row : group) {
            row.stored_provisional = row.row.provisional;
            again.push_back(row.row);
        }
    }
}

TailPlan PlanChange(std::span<const TailRow> rows, Time known_from, const SeriesChange& change) {
    TailPlan plan;
    const auto behind = std::ranges::lower_bound(change.rows, known_from, {}, &Observation::time);
    const auto before = static_cast<size_t>(behind - change.rows.begin());
    if (change.range.from < known_from && !change.tail_only) {
        plan.deletes.push_back({change.range.from, std::min(change.range.to, known_from)});
    }
    if (before > 0) plan.inserts.push_back(change.rows.first(before));

    const auto fresh = change.rows.subspan(before);
    const auto old_from = std::ranges::lower_bound(rows, change.range.from, {}, kTimeOfTail);
    const auto old_to =
        std::ranges::lower_bound(old_from, rows.end(), change.range.to, {}, kTimeOfTail);
    RangeMerge merge(std::span(old_from, old_to), fresh, plan);
    merge.Run();

    std::vector<TailRow> combined(rows.begin(), old_from);
    // The tail has no holes: if it begins before the fresh rows, it holds all of them.
    const bool begins_before =
        std::ranges::any_of(combined, [](const TailRow& row) { return row.row.provisional; });
    for (size_t i = begins_before ? 0 : EndOfBulk(fresh); i < fresh.size(); ++i) {
        combined.push_back({fresh[i], merge.StoredProvisional(i)});
    }
    combined.insert(combined.end(), old_to, rows.end());
    combined.erase(
        combined.begin(), combined.begin() + static_cast<ptrdiff_t>(TailStart(combined))
    );
    plan.tail = std::move(combined);
    RewriteMisleading(plan);
    return plan;
}

}  // namespace tilth
