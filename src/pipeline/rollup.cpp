#include "pipeline/rollup.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

/// Quantile of type 7 by selection: the values are reordered, the result does not depend on how.
double Quantile(std::vector<double>& values, double p) {
    const double place = p * static_cast<double>(values.size() - 1);
    const auto low = static_cast<size_t>(place);
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(low);
    std::nth_element(values.begin(), nth, values.end());
    const double at = *nth;
    const double fraction = place - static_cast<double>(low);
    if (fraction == 0) return at;
    return at + fraction * (*std::min_element(nth + 1, values.end()) - at);
}

/// Mean and sample standard deviation by two passes in time order.
void SetMoments(Rollup& rollup, const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    rollup.mean = sum / n;
    if (values.size() < 2) return;
    double squares = 0;
    for (const double value : values) squares += (value - rollup.mean) * (value - rollup.mean);
    rollup.sd = std::sqrt(squares / (n - 1));
}

}  // namespace

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
    SetMoments(rollup, values);
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    rollup.min = *min;
    rollup.max = *max;
    rollup.p10 = Quantile(values, 0.1);
    rollup.p50 = Quantile(values, 0.5);
    rollup.p90 = Quantile(values, 0.9);
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
