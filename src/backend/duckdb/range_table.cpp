#include "backend/duckdb/range_table.h"

#include <algorithm>

namespace tilth::duckdb {
namespace {

/// The appender flushes by itself at 204,800 rows; deletes must have run before that.
constexpr size_t kFlushRows = 98 * 2048;

}  // namespace

template <class Row>
RangeTable<Row>::RangeTable(Connection& connection, std::string schema, std::string table)
    : connection_(connection), schema_(std::move(schema)), table_(std::move(table)) {}

template <class Row>
RangeTable<Row>::~RangeTable() {
    Abandon();
}

template <class Row>
Status RangeTable<Row>::OpenAppender() {
    if (appender_ != nullptr) return {};
    const duckdb_state state =
        duckdb_appender_create(connection_.handle(), schema_.c_str(), table_.c_str(), &appender_);
    if (state == DuckDBError) {
        const std::string message = duckdb_appender_error(appender_);
        duckdb_appender_destroy(&appender_);
        return EngineError(message.c_str(), DUCKDB_ERROR_INVALID);
    }
    const size_t count = duckdb_appender_column_count(appender_);
    std::vector<duckdb_logical_type> types(count);
    for (size_t i = 0; i < count; ++i) types[i] = duckdb_appender_column_type(appender_, i);
    chunk_.chunk = duckdb_create_data_chunk(types.data(), count);
    chunk_.size = 0;
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
    return {};
}

template <class Row>
Status RangeTable<Row>::Delete(int32_t series, TimeRange range) {
    if (range.Empty()) return {};
    if (unflushed_series_.contains(series)) TILTH_CHECK(Flush());
    const bool continues = !delete_series_.empty() && delete_series_.back() == series &&
                           delete_to_.back() == range.from;
    if (continues) {
        delete_to_.back() = range.to;
        return {};
    }
    delete_series_.push_back(series);
    delete_from_.push_back(range.from);
    delete_to_.push_back(range.to);
    return {};
}

template <class Row>
Status RangeTable<Row>::Append(int32_t series, std::span<const Row> rows) {
    if (rows.empty()) return {};
    TILTH_CHECK(OpenAppender());
    unflushed_series_.insert(series);
    const size_t capacity = duckdb_vector_size();
    while (!rows.empty()) {
        const size_t count = std::min(capacity - chunk_.size, rows.size());
        FillChunk(chunk_, series, rows.first(count));
        rows = rows.subspan(count);
        chunk_.size += count;
        unflushed_rows_ += count;
        if (chunk_.size == capacity) TILTH_CHECK(SendChunk());
        if (unflushed_rows_ >= kFlushRows) TILTH_CHECK(Flush());
    }
    return {};
}

template <class Row>
Status RangeTable<Row>::SendChunk() {
    if (chunk_.size == 0) return {};
    duckdb_data_chunk_set_size(chunk_.chunk, chunk_.size);
    const duckdb_state state = duckdb_append_data_chunk(appender_, chunk_.chunk);
    duckdb_data_chunk_reset(chunk_.chunk);
    chunk_.size = 0;
    if (state == DuckDBError) {
        return EngineError(duckdb_appender_error(appender_), DUCKDB_ERROR_IO);
    }
    return {};
}

template <class Row>
Status RangeTable<Row>::RunDeletes() {
    if (delete_series_.empty()) return {};
    // The bounds over all ranges let DuckDB pass over row groups by their smallest and largest
    // time.
    TILTH_TRY(
        Statement * remove,
        connection_.Cached(fmt::format(
            "DELETE FROM {0}.{1} USING (SELECT unnest($3::INTEGER[]) AS s,"
            " unnest($4::TIMESTAMP[]) AS f, unnest($5::TIMESTAMP[]) AS t) AS r"
            " WHERE series = r.s AND time >= r.f AND time < r.t AND time >= $1 AND time < $2",
            schema_,
            table_
        ))
    );
    remove->Bind(0, *std::ranges::min_element(delete_from_));
    remove->Bind(1, *std::ranges::max_element(delete_to_));
    remove->BindList(2, std::span<const int32_t>(delete_series_));
    remove->BindList(3, std::span<const Time>(delete_from_));
    remove->BindList(4, std::span<const Time>(delete_to_));
    TILTH_TRY(Rows removed, remove->Run());
    deleted_rows_ += removed.Changed();
    delete_series_.clear();
    delete_from_.clear();
    delete_to_.clear();
    return {};
}

template <class Row>
Status RangeTable<Row>::Flush() {
    TILTH_CHECK(RunDeletes());
    if (unflushed_rows_ == 0) return {};
    TILTH_CHECK(SendChunk());
    if (duckdb_appender_flush(appender_) == DuckDBError) {
        return EngineError(duckdb_appender_error(appender_), DUCKDB_ERROR_IO);
    }
    unflushed_rows_ = 0;
    unflushed_series_.clear();
    return {};
}

template <class Row>
void RangeTable<Row>::Abandon() {
    delete_series_.clear();
    delete_from_.clear();
    delete_to_.clear();
    unflushed_rows_ = 0;
    unflushed_series_.clear();
    if (appender_ == nullptr) return;
    // Destroying an appender writes what it holds: into the transaction, which is rolled back next.
    duckdb_destroy_data_chunk(&chunk_.chunk);
    duckdb_appender_destroy(&appender_);
    appender_ = nullptr;
    chunk_ = {};
}

template class RangeTable<Observation>;
template class RangeTable<Rollup>;
template class RangeTable<Checkpoint>;

}  // namespace tilth::duckdb
