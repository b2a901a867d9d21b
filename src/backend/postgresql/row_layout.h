// How rows of a series stand in PostgreSQL's columns: the one place that knows the order of
// columns.
//
// Each layout names its columns for a SELECT and for COPY, writes a row in COPY's binary format,
// and reads one back. A value that is NaN is null, so that a person's avg() or max() skips what is
// missing. A reading id keeps its unsigned order (ToOrdered), other unsigned numbers their bits.
#pragma once

#include "backend/postgresql/engine.h"
#include "store/processed_store.h"

#include <string>

namespace tilth::postgresql {

/// The series first; times at the places the readers below expect them.
inline constexpr const char* kObservationColumns =
    "series, time, value, raw_value, reading_id, number, writer, sequence, objected, not_evaluated,"
    " position, manual_flag, flag, source_rank, counts, provisional";
inline constexpr const char* kRollupColumns =
    "series, time, count, good_count, min, max, mean, sd, first, last, p10, p50, p90";
inline constexpr const char* kCheckpointColumns = "series, time, test, state";

template <class Row>
constexpr const char* ColumnsOf() {
    if constexpr (std::is_same_v<Row, Observation>)
        return kObservationColumns;
    else if constexpr (std::is_same_v<Row, Rollup>)
        return kRollupColumns;
    else
        return kCheckpointColumns;
}

constexpr Time TimeOf(const Observation& row) {
    return row.time;
}
constexpr Time TimeOf(const Rollup& row) {
    return row.start;
}
inline Time TimeOf(const Checkpoint& row) {
    return row.time;
}

/// Appends a row to what COPY takes; the whole stands between kCopyHeader and kCopyEnd.
void PutRow(std::string& out, int32_t series, const Observation& row);
void PutRow(std::string& out, int32_t series, const Rollup& row);
void PutRow(std::string& out, int32_t series, const Checkpoint& row);

inline constexpr std::string_view kCopyHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
inline constexpr std::string_view kCopyEnd{"\377\377", 2};

/// The row whose columns begin at `first` of the result with the time (the series is skipped).
void TakeRow(const Rows& rows, size_t row, size_t first, Observation& out);
void TakeRow(const Rows& rows, size_t row, size_t first, Rollup& out);
void TakeRow(const Rows& rows, size_t row, size_t first, Checkpoint& out);

/// All rows of a result whose columns are those of a layout.
template <class Row>
std::vector<Row> TakeRows(const Rows& rows) {
    std::vector<Row> out(rows.size());
    for (size_t i = 0; i < out.size(); ++i) TakeRow(rows, i, 1, out[i]);
    return out;
}

}  // namespace tilth::postgresql
