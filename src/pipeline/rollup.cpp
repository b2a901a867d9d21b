#include "pipeline/rollup.h"

#include "model/statistics.h"

#include <algorithm>

namespace tilth::pipeline {

void AppendStatRows(std::span<const Observation> rows, std::vector<StatRow>& out) {
    for (const Observation& row : rows) {
        if (row.counts) out.emplace_back(row);
    }
}

Rollup MakeRollup(Time start, std::span<const StatRow> rows) {
    Rollup rollup;
    rollup.start = start;
    thread_local std::vector<double> values;
    values.clear();
    rollup.count = static_cast<uint32_t>(rows.size());
    for (const StatRow& row : rows) {
        if (row.good) values.push_back(row.value);
    }
    rollup.good_count = static_cast<uint32_t>(values.size());
    if (values.empty()) return rollup;
    rollup.first = values.front();
    rollup.last = values.back();
    const Moments moments = MomentsOf(values);
    rollup.mean = moments.mean;
    rollup.sd = moments.sd;
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    rollup.min = *min;
    rollup.max = *max;
    rollup.p10 = QuantileOf(values, 0.1);
    rollup.p50 = QuantileOf(values, 0.5);
    rollup.p90 = QuantileOf(values, 0.9);
    return rollup;
}

Time BucketStart(RollupLevel level, Time t) {
    return level == RollupLevel::kHour ? FloorHour(t) : FloorDay(t);
}

std::vector<Rollup> MakeRollups(RollupLevel level, std::span<const StatRow> rows, Time open_from) {
    std::vector<Rollup> rollups;
    for (size_t first = 0; first < rows.size();) {
        const Time start = BucketStart(level, rows[first].time);
        if (start >= open_from) break;
        const Time end = start + Length(level);
        size_t last = first + 1;
        while (last < rows.size() && rows[last].time < end) ++last;
        rollups.push_back(MakeRollup(start, rows.subspan(first, last - first)));
        first = last;
    }
    return rollups;
}

}  // namespace tilth::pipeline
