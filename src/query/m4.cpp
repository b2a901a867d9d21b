#include "query/m4.h"

#include <algorithm>

namespace tilth::query {
namespace {

/// A number takes the place of NaN, and NaN never that of a number.
bool Below(double a, double b) {
    return a < b || (std::isnan(b) && !std::isnan(a));
}
bool Above(double a, double b) {
    return a > b || (std::isnan(b) && !std::isnan(a));
}

}  // namespace

void ColumnExtremes::Add(const Point& point) {
    const Numbered here{added_, point};
    if (added_++ == 0) {
        kept_.fill(here);
        return;
    }
    kept_[kLast] = here;
    if (Below(point.value, kept_[kLeast].point.value)) kept_[kLeast] = here;
    if (Above(point.value, kept_[kGreatest].point.value)) kept_[kGreatest] = here;
    if (!with_raw_) return;
    if (Below(point.raw_value, kept_[kRawLeast].point.raw_value)) kept_[kRawLeast] = here;
    if (Above(point.raw_value, kept_[kRawGreatest].point.raw_value)) kept_[kRawGreatest] = here;
}

void ColumnExtremes::Flush(std::vector<Point>& out) {
    if (added_ == 0) return;
    const auto end = kept_.begin() + (with_raw_ ? kKept : kRawLeast);
    std::sort(kept_.begin(), end, [](const Numbered& a, const Numbered& b) {
        return a.number < b.number;
    });
    for (auto at = kept_.begin(); at != end; ++at) {
        if (at == kept_.begin() || at->number != std::prev(at)->number) out.push_back(at->point);
    }
    added_ = 0;
}

Downsampler::Downsampler(Columns columns, size_t limit, bool with_raw, bool by_flag)
    : columns_(columns),
      limit_(limit),
      by_flag_(by_flag),
      open_(
          by_flag ? static_cast<size_t>(QualityFlag::kMissing) + 1 : 1, ColumnExtremes(with_raw)
      ) {}

void Downsampler::FlushColumn() {
    const auto start = static_cast<std::ptrdiff_t>(kept_.size());
    for (ColumnExtremes& extremes : open_) extremes.Flush(kept_);
    if (!by_flag_) return;
    std::stable_sort(kept_.begin() + start, kept_.end(), [](const Point& a, const Point& b) {
        return a.time < b.time;
    });
}

void Downsampler::Add(const Point& point) {
    if (added_ < limit_) all_.push_back(point);
    if (added_++ == limit_) all_ = {};
    const int64_t column = columns_.Of(point.time);
    if (column != column_) {
        FlushColumn();
        column_ = column;
    }
    open_[by_flag_ ? static_cast<size_t>(point.flag) : 0].Add(point);
}

std::vector<Point> Downsampler::Take() {
    if (added_ <= limit_) return std::move(all_);
    FlushColumn();
    return std::move(kept_);
}

}  // namespace tilth::query
