#include "pipeline/rollup_writer.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

/// The buckets whose statistics follow from a change of `range`, given the last row before and
/// after it.
TimeRange AffectedBuckets(
    RollupLevel level, TimeRange range, std::optional<Time> before, Time after
) {
    const Time open_from = BucketStart(level, after);
    TimeRange buckets{BucketStart(level, range.from), open_from};
    if (range.to < open_from) {
        buckets.to = BucketStart(level, range.to - Duration{1}) + Length(level);
    }
    if (before && BucketStart(level, *before) < open_from) {
        buckets.from = std::min(buckets.from, BucketStart(level, *before));
        buckets.to = open_from;
    }
    return buckets;
}

}  // namespace

Status RollupWriter::Update(
    TimeRange range,
    std::span<const Observation> rows,
    const ReadRows& read,
    std::vector<Change>& changes
) {
    if (rows.empty()) return {};
    // Rows are never taken away, so what lies ahead of the first one did not change.
    range.from = std::max(range.from, rows.front().time);
    const Time after = std::max(last_.value_or(Time::min()), rows.back().time);
    UpdateOpen(range, rows);
    for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
        const TimeRange buckets = AffectedBuckets(level, range, last_, after);
        if (!buckets.Empty()) TILTH_CHECK(Close(level, buckets, read, changes));
    }
    last_ = after;
    TrimOpen();
    return {};
}

void RollupWriter::Hold(Time from, std::span<const Observation> rows) {
    if (!last_) return;
    for (const Time start : {FloorDay(*last_), FloorHour(*last_)}) {
        if (start < from || open_known_) continue;
        open_known_ = true;
        open_from_ = start;
        AppendStatRows(rows, open_);
        open_.erase(open_.begin(), std::ranges::lower_bound(open_, start, {}, &StatRow::time));
        open_.shrink_to_fit();
    }
    TrimOpen();
}

TimeRange RollupWriter::WouldRead(TimeRange range, Time last_row) const {
    const Time after = std::max(last_.value_or(Time::min()), last_row);
    TimeRange wanted{Time::max(), Time::min()};
    for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
        const TimeRange buckets = AffectedBuckets(level, range, last_, after);
        if (buckets.Empty() || (open_known_ && open_from_ <= buckets.from)) continue;
        wanted.from = std::min(wanted.from, buckets.from);
        wanted.to = std::max(wanted.to, buckets.to);
    }
    return wanted;
}

/// Only the open day is held, or the open hour where there is no room for the day, or nothing.
void RollupWriter::TrimOpen() {
    if (!open_known_) return;
    for (const Time from : {FloorDay(*last_), FloorHour(*last_)}) {
        if (open_from_ < from) {
            open_.erase(open_.begin(), std::ranges::lower_bound(open_, from, {}, &StatRow::time));
            open_from_ = from;
        }
        if (HasRoom()) return;
        open_.shrink_to_fit();
    }
    open_known_ = false;
    open_ = {};
    HasRoom();
}

bool RollupWriter::HasRoom() {
    open_rows_->held += open_.size() - held_;
    held_ = open_.size();
    return open_rows_->held <= open_rows_->most;
}

/// Brings the rows held in memory up to date; starts holding them when all rows of the open day or
/// hour are in the change.
void RollupWriter::UpdateOpen(TimeRange range, std::span<const Observation> rows) {
    if (!open_known_) {
        for (const Time from : {FloorDay(rows.back().time), FloorHour(rows.back().time)}) {
            if (open_known_ || (last_ && *last_ >= from)) continue;
            open_known_ = true;
            open_from_ = from;
            open_.clear();
            range.from = std::max(range.from, from);
        }
    }
    if (!open_known_) return;
    const auto from = std::ranges::lower_bound(open_, range.from, {}, &StatRow::time);
    const auto to = std::ranges::lower_bound(open_, range.to, {}, &StatRow::time);
    thread_local std::vector<StatRow> fresh;
    fresh.clear();
    AppendStatRows(rows, fresh);
    const auto first =
        std::ranges::lower_bound(fresh, std::max(range.from, open_from_), {}, &StatRow::time);
    const auto at = open_.erase(from, to);
    open_.insert(at, first, fresh.end());
}

Status RollupWriter::Close(
    RollupLevel level, TimeRange buckets, const ReadRows& read, std::vector<Change>& changes
) {
    thread_local std::vector<StatRow> rows;
    rows.clear();
    if (open_known_ && open_from_ <= buckets.from) {
        const auto from = std::ranges::lower_bound(open_, buckets.from, {}, &StatRow::time);
        const auto to = std::ranges::lower_bound(open_, buckets.to, {}, &StatRow::time);
        rows.assign(from, to);
    } else {
        TILTH_TRY(const std::vector<Observation> stored, read(buckets));
        AppendStatRows(stored, rows);
    }
    changes.push_back({level, buckets, MakeRollups(level, rows, buckets.to)});
    return {};
}

}  // namespace tilth::pipeline
