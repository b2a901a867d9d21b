#include "qc/outside.h"

#include "qc/differences.h"
#include "qc/series_rows.h"

#include <algorithm>

namespace tilth::qc {
namespace {

/// Rows nearer than this are asked for together.
constexpr Duration kTogether = std::chrono::hours{6};

void MergeAt(
    const Checker& checker,
    const Runner& runner,
    std::span<const Observation> stored,
    std::span<const Observation> fresh,
    SeriesOutput& out
) {
    std::vector<Observation> rows(stored.begin(), stored.end());
    rows.insert(rows.end(), fresh.begin(), fresh.end());
    MergeRows(rows, 0, checker);
    // A row of the series that is stored here stays as it was judged.
    const bool in_series = InSeries(rows.front(), checker);
    if (in_series) rows.front() = stored.front();
    for (Observation& row : std::span(rows).subspan(in_series ? 1 : 0)) {
        runner.JudgeOutside(row, in_series && rows.front().provisional);
    }
    AppendDifferences(stored, rows, out);
}

}  // namespace

Status MergeOutside(
    const Checker& checker,
    const Runner& runner,
    RowSource& source,
    std::span<const Observation> rows,
    SeriesOutput& out
) {
    for (size_t i = 0; i < rows.size();) {
        size_t end = i + 1;
        while (end < rows.size() && rows[end].time - rows[end - 1].time < kTogether) ++end;
        const TimeRange range{rows[i].time, rows[end - 1].time + Duration{1}};
        TILTH_TRY(const auto stored, source.Rows(range, 0));
        while (i < end) {
            const Time time = rows[i].time;
            const size_t first = i;
            while (i < end && rows[i].time == time) ++i;
            const auto at = std::ranges::equal_range(stored, time, {}, &Observation::time);
            MergeAt(checker, runner, {at.begin(), at.end()}, rows.subspan(first, i - first), out);
        }
    }
    return {};
}

Status RejudgeOutside(const Runner& runner, RowSource& source, TimeRange range, SeriesOutput& out) {
    TILTH_TRY(const auto stored, source.Rows(range, 0));
    std::vector<Observation> rows = stored;
    for (Observation& row : rows) runner.JudgeOutside(row, false);
    AppendDifferences(stored, rows, out);
    return {};
}

}  // namespace tilth::qc
