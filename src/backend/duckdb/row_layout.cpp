#include "backend/duckdb/row_layout.h"

#include <array>

namespace tilth::duckdb {
namespace {

template <class T, class Row, class Get>
void Fill(const ChunkToFill& into, size_t column, std::span<const Row> rows, Get get) {
    T* cells = into.Column<T>(column) + into.size;
    for (size_t i = 0; i < rows.size(); ++i) cells[i] = static_cast<T>(get(rows[i]));
}

template <class Row>
void FillSeries(const ChunkToFill& into, int32_t series, std::span<const Row> rows) {
    Fill<int32_t>(into, 0, rows, [series](const Row&) { return series; });
}

template <class Row>
void FillNumber(
    const ChunkToFill& into, size_t column, std::span<const Row> rows, double Row::*member
) {
    double* cells = into.Column<double>(column) + into.size;
    for (size_t i = 0; i < rows.size(); ++i) {
        const double value = rows[i].*member;
        cells[i] = value;
        if (std::isnan(value)) into.SetNull(column, into.size + i);
    }
}

template <class T, class Row, class Set>
void Take(const Rows& chunk, size_t column, std::span<Row> rows, Set set) {
    const std::span<const T> cells = chunk.Column<T>(column);
    for (size_t i = 0; i < rows.size(); ++i) set(rows[i], cells[i]);
}

template <class Row>
void TakeNumber(const Rows& chunk, size_t column, std::span<Row> rows, double Row::*member) {
    const std::span<const double> cells = chunk.Column<double>(column);
    for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].*member =
            chunk.IsNull(column, i) ? std::numeric_limits<double>::quiet_NaN() : cells[i];
    }
}

template <class Row>
std::span<Row> Grow(std::vector<Row>& rows, size_t more) {
    rows.resize(rows.size() + more);
    return std::span(rows).last(more);
}

constexpr std::array kRollupNumbers = {
    &Rollup::min,
    &Rollup::max,
    &Rollup::mean,
    &Rollup::sd,
    &Rollup::first,
    &Rollup::last,
    &Rollup::p10,
    &Rollup::p50,
    &Rollup::p90,
};
constexpr size_t kFirstRollupNumber = 4;

}  // namespace

void ChunkToFill::SetNull(size_t column, size_t row) const {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void ChunkToFill::SetBytes(size_t column, size_t row, std::string_view bytes) const {
    duckdb_vector_assign_string_element_len(
        duckdb_data_chunk_get_vector(chunk, column), row, bytes.data(), bytes.size()
    );
}

void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Observation> rows) {
    using O = Observation;
    FillSeries(into, series, rows);
    Fill<int64_t>(into, 1, rows, [](const O& o) { return ToMicros(o.time); });
    FillNumber(into, 2, rows, &O::value);
    FillNumber(into, 3, rows, &O::raw_value);
    Fill<uint64_t>(into, 4, rows, [](const O& o) { return o.reading_id; });
    Fill<int64_t>(into, 5, rows, [](const O& o) { return o.number; });
    Fill<int64_t>(into, 6, rows, [](const O& o) { return Raw(o.raw.writer); });
    Fill<uint64_t>(into, 7, rows, [](const O& o) { return o.raw.sequence; });
    Fill<uint32_t>(into, 8, rows, [](const O& o) { return o.raw.position; });
    Fill<uint64_t>(into, 9, rows, [](const O& o) { return o.objected.bits(); });
    Fill<uint64_t>(into, 10, rows, [](const O& o) { return o.not_evaluated.bits(); });
    Fill<uint32_t>(into, 11, rows, [](const O& o) { return o.manual_flag; });
    Fill<uint8_t>(into, 12, rows, [](const O& o) { return o.flag; });
    Fill<uint8_t>(into, 13, rows, [](const O& o) { return o.rank; });
    Fill<bool>(into, 14, rows, [](const O& o) { return o.counts; });
    Fill<bool>(into, 15, rows, [](const O& o) { return o.provisional; });
}

void ReadChunk(const Rows& chunk, std::vector<Observation>& out) {
    using O = Observation;
    const std::span<O> rows = Grow(out, chunk.size());
    Take<int64_t>(chunk, 1, rows, [](O& o, int64_t v) { o.time = FromMicros(v); });
    TakeNumber(chunk, 2, rows, &O::value);
    TakeNumber(chunk, 3, rows, &O::raw_value);
    Take<uint64_t>(chunk, 4, rows, [](O& o, uint64_t v) { o.reading_id = v; });
    Take<int64_t>(chunk, 5, rows, [](O& o, int64_t v) { o.number = v; });
    Take<int64_t>(chunk, 6, rows, [](O& o, int64_t v) { o.raw.writer = WriterId{v}; });
    Take<uint64_t>(chunk, 7, rows, [](O& o, uint64_t v) { o.raw.sequence = v; });
    Take<uint32_t>(chunk, 8, rows, [](O& o, uint32_t v) { o.raw.position = v; });
    Take<uint64_t>(chunk, 9, rows, [](O& o, uint64_t v) { o.objected = TestSet(v); });
    Take<uint64_t>(chunk, 10, rows, [](O& o, uint64_t v) { o.not_evaluated = TestSet(v); });
    Take<uint32_t>(chunk, 11, rows, [](O& o, uint32_t v) { o.manual_flag = v; });
    Take<uint8_t>(chunk, 12, rows, [](O& o, uint8_t v) { o.flag = QualityFlag{v}; });
    Take<uint8_t>(chunk, 13, rows, [](O& o, uint8_t v) { o.rank = SourceRank{v}; });
    Take<bool>(chunk, 14, rows, [](O& o, bool v) { o.counts = v; });
    Take<bool>(chunk, 15, rows, [](O& o, bool v) { o.provisional = v; });
}

void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Rollup> rows) {
    FillSeries(into, series, rows);
    Fill<int64_t>(into, 1, rows, [](const Rollup& r) { return ToMicros(r.start); });
    Fill<uint32_t>(into, 2, rows, [](const Rollup& r) { return r.count; });
    Fill<uint32_t>(into, 3, rows, [](const Rollup& r) { return r.good_count; });
    for (size_t i = 0; i < kRollupNumbers.size(); ++i) {
        FillNumber(into, kFirstRollupNumber + i, rows, kRollupNumbers[i]);
    }
}

void ReadChunk(const Rows& chunk, std::vector<Rollup>& out) {
    const std::span<Rollup> rows = Grow(out, chunk.size());
    Take<int64_t>(chunk, 1, rows, [](Rollup& r, int64_t v) { r.start = FromMicros(v); });
    Take<uint32_t>(chunk, 2, rows, [](Rollup& r, uint32_t v) { r.count = v; });
    Take<uint32_t>(chunk, 3, rows, [](Rollup& r, uint32_t v) { r.good_count = v; });
    for (size_t i = 0; i < kRollupNumbers.size(); ++i) {
        TakeNumber(chunk, kFirstRollupNumber + i, rows, kRollupNumbers[i]);
    }
}

void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Checkpoint> rows) {
    FillSeries(into, series, rows);
    Fill<int64_t>(into, 1, rows, [](const Checkpoint& c) { return ToMicros(c.time); });
    Fill<int32_t>(into, 2, rows, [](const Checkpoint& c) { return c.test; });
    for (size_t i = 0; i < rows.size(); ++i) into.SetBytes(3, into.size + i, rows[i].state);
}

void ReadChunk(const Rows& chunk, std::vector<Checkpoint>& out, DatastreamId datastream) {
    const std::span<Checkpoint> rows = Grow(out, chunk.size());
    Take<int64_t>(chunk, 1, rows, [](Checkpoint& c, int64_t v) { c.time = FromMicros(v); });
    Take<int32_t>(chunk, 2, rows, [](Checkpoint& c, int32_t v) { c.test = v; });
    for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].datastream = datastream;
        rows[i].state = chunk.Bytes(3, i);
    }
}

}  // namespace tilth::duckdb
