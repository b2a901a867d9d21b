#include "qc/series_reader.h"

#include "qc/fold_codec.h"
#include "qc/series_rows.h"

#include <algorithm>

namespace tilth::qc {
namespace {

constexpr Duration kDay = std::chrono::days{1};
constexpr Duration kTick{1};

Time After(Time time, Duration distance) {
    return time > Time::max() - distance ? Time::max() : time + distance;
}
Time Before(Time time, Duration distance) {
    return time < Time::min() + distance ? Time::min() : time - distance;
}

}  // namespace

Result<std::vector<Observation>> SeriesReader::RowsBefore(Time time, size_t count) {
    for (size_t ask = count + 4;; ask *= 2) {
        TILTH_TRY(auto rows, source_.Rows({time, time}, ask));
        const size_t given = rows.size();
        std::erase_if(rows, [this](const Observation& row) { return !InSeries(row, checker_); });
        if (rows.size() >= count || given < ask) return rows;
    }
}

Result<Time> SeriesReader::FirstAffected(Time touched) {
    const Reach& reach = checker_.reach();
    if (reach.rows_ahead == 0) return touched;
    TILTH_TRY(const auto rows, RowsBefore(touched, reach.rows_ahead));
    if (rows.empty()) return touched;
    const Time by_rows = rows.size() > reach.rows_ahead ? rows[rows.size() - reach.rows_ahead].time
                                                        : rows.front().time;
    return std::max(by_rows, Before(touched, reach.ahead));
}

Result<FoldStart> SeriesReader::StartBefore(Time time) {
    FoldStart start{time, std::vector<FoldState>(checker_.folds().size())};
    if (checker_.folds().empty()) return start;
    TILTH_TRY(const auto saved, source_.CheckpointsBefore(After(time, kTick)));
    start.from = Time::min();
    for (size_t f = 0; f < checker_.folds().size(); ++f) {
        const int number = static_cast<int>(checker_.folds()[f]->number());
        const auto found = std::ranges::find(saved, number, &SavedFold::test);
        if (found == saved.end())
            return FoldStart{Time::min(), std::vector<FoldState>(checker_.folds().size())};
        if (f > 0 && found->time != start.from) {
            return Fail(
                Fault::kCorrupt,
                "checkpoints of datastream {} do not belong together",
                Raw(checker_.datastream())
            );
        }
        TILTH_TRY(start.folds[f], DecodeFold(found->state));
        start.from = found->time;
    }
    return start;
}

Result<std::vector<Observation>> SeriesReader::RowsAfter(Time time, size_t count) {
    std::vector<Observation> found;
    for (Duration length = kDay; found.size() < count; length *= 4) {
        const Time end = After(time, length);
        TILTH_TRY(auto rows, source_.Rows({time + kTick, end}, 0));
        std::erase_if(rows, [this](const Observation& row) { return !InSeries(row, checker_); });
        found = std::move(rows);
        if (length > kAnyDistance / 8) break;
    }
    return found;
}

}  // namespace tilth::qc
