#include "query/flagged_ranges.h"

#include <algorithm>

namespace tilth::query {
namespace {

/// Joins neighbours that are no further apart than `gap`.
std::vector<TimeRange> Join(const std::vector<TimeRange>& ranges, Duration gap) {
    std::vector<TimeRange> joined;
    for (const TimeRange& range : ranges) {
        if (!joined.empty() && range.from - joined.back().to <= gap) {
            joined.back().to = range.to;
        } else {
            joined.push_back(range);
        }
    }
    return joined;
}

}  // namespace

std::vector<TimeRange> FlaggedRanges(
    std::span<const Rollup> rollups, RollupLevel level, size_t most
) {
    std::vector<TimeRange> ranges;
    for (const Rollup& rollup : rollups) {
        // Good readings are those of the statistics: good or not evaluated.
        if (rollup.count > rollup.good_count)
            ranges.push_back({rollup.start, rollup.start + Length(level)});
    }
    ranges = Join(ranges, Duration{0});
    if (ranges.size() <= most) return ranges;
    std::vector<Duration> gaps;
    for (size_t i = 1; i < ranges.size(); ++i) gaps.push_back(ranges[i].from - ranges[i - 1].to);
    const auto last_joined = gaps.begin() + static_cast<std::ptrdiff_t>(ranges.size() - most - 1);
    std::nth_element(gaps.begin(), last_joined, gaps.end());
    return Join(ranges, *last_joined);
}

}  // namespace tilth::query
