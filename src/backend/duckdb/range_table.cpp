#include "backend/duckdb/range_table.h"

#include <algorithm>

namespace tilth::duckdb {
namespace {

/// The appender flushes by itself at 204,800 rows; deletes must have run before that.
constexpr size_t kFlushRows = 98 * 2048;
/// So many rows wait at most; what a bulk brings goes on at once.
constexpr size_t kWaitingRows = 16'384;

Time TimeOf(const Observation& row) {
    return row.time;
}
Time TimeOf(const Rollup& row) {
    return row.start;
}
Time TimeOf(const Checkpoint& row) {
    return row.time;
}

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
    if (sent_series_.contains(series)) TILTH_CHECK(Flush());
    TakeBack(series, range);
    if (!deletions_.empty() && deletions_.back().series == series &&
        deletions_.back().range.to == range.from) {
        deletions_.back().range.to = range.to;
    } else {
        deletions_.push_back({series, range});
    }
    return {};
}

/// Waiting rows in the range go; those before and behind it stay.
template <class Row>
void RangeTable<Row>::TakeBack(int32_t series, TimeRange range) {
    const auto found = waiting_of_.find(series);
    if (found == waiting_of_.end()) return;
    const size_t entries = found->second.size();
    for (size_t i = 0; i < entries; ++i) {
        Waiting& waiting = waiting_[found->second[i]];
        const auto rows = std::span(rows_).subspan(waiting.first, waiting.count);
        const auto time_of = [](const Row& row) { return TimeOf(row); };
        const auto from = std::ranges::lower_bound(rows, range.from, {}, time_of);
        const auto to = std::ranges::lower_bound(rows, range.to, {}, time_of);
        if (from >= to) continue;
        const auto behind = static_cast<size_t>(rows.end() - to);
        const size_t first_behind = waiting.first + waiting.count - behind;
        waiting.count = static_cast<size_t>(from - rows.begin());
        if (behind == 0) continue;
        found->second.push_back(waiting_.size());
        waiting_.push_back({series, first_behind, behind});
    }
}

template <class Row>
Status RangeTable<Row>::Append(int32_t series, std::span<const Row> rows) {
    if (rows.empty()) return {};
    if (rows.size() + rows_.size() > kWaitingRows) TILTH_CHECK(SendWaiting());
    if (rows.size() > kWaitingRows) return Fill(series, rows);
    waiting_of_[series].push_back(waiting_.size());
    waiting_.push_back({series, rows_.size(), rows.size()});
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    return {};
}

template <class Row>
Status RangeTable<Row>::SendWaiting() {
    for (const Waiting& waiting : waiting_) {
        const auto rows = std::span(rows_).subspan(waiting.first, waiting.count);
        TILTH_CHECK(Fill(waiting.series, rows));
    }
    ForgetWaiting();
    return {};
}

template <class Row>
void RangeTable<Row>::ForgetWaiting() {
    rows_.clear();
    waiting_.clear();
    waiting_of_.clear();
}

template <class Row>
Status RangeTable<Row>::Fill(int32_t series, std::span<const Row> rows) {
    if (rows.empty()) return {};
    TILTH_CHECK(OpenAppender());
    sent_series_.insert(series);
    const size_t capacity = duckdb_vector_size();
    while (!rows.empty()) {
        const size_t count = std::min(capacity - chunk_.size, rows.size());
        FillChunk(chunk_, series, rows.first(count));
        rows = rows.subspan(count);
        chunk_.size += count;
        sent_rows_ += count;
        if (chunk_.size == capacity) TILTH_CHECK(SendChunk());
        if (sent_rows_ >= kFlushRows) TILTH_CHECK(FlushSent());
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

/// In order, without overlaps: what is deleted twice is asked for once.
template <class Row>
void RangeTable<Row>::MergeDeletes() {
    std::ranges::sort(deletions_, {}, [](const Deletion& deletion) {
        return std::pair(deletion.series, deletion.range.from);
    });
    size_t merged = 0;
    for (size_t i = 1; i < deletions_.size(); ++i) {
        Deletion& last = deletions_[merged];
        const Deletion& next = deletions_[i];
        if (next.series == last.series && next.range.from <= last.range.to) {
            last.range.to = std::max(last.range.to, next.range.to);
        } else {
            deletions_[++merged] = next;
        }
    }
    deletions_.resize(merged + 1);
}

template <class Row>
Status RangeTable<Row>::RunDeletes() {
    if (deletions_.empty()) return {};
    MergeDeletes();
    std::vector<int32_t> series;
    std::vector<Time> from;
    std::vector<Time> to;
    for (const Deletion& deletion : deletions_) {
        series.push_back(deletion.series);
        from.push_back(deletion.range.from);
        to.push_back(deletion.range.to);
    }
    deletions_.clear();
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
    remove->Bind(0, *std::ranges::min_element(from));
    remove->Bind(1, *std::ranges::max_element(to));
    remove->BindList(2, std::span<const int32_t>(series));
    remove->BindList(3, std::span<const Time>(from));
    remove->BindList(4, std::span<const Time>(to));
    TILTH_TRY(Rows removed, remove->Run());
    deleted_rows_ += removed.Changed();
    return {};
}

template <class Row>
Status RangeTable<Row>::Flush() {
    TILTH_CHECK(SendWaiting());
    return FlushSent();
}

/// Deletions come first: they are of rows that were stored before those that were sent.
template <class Row>
Status RangeTable<Row>::FlushSent() {
    TILTH_CHECK(RunDeletes());
    if (sent_rows_ == 0) return {};
    TILTH_CHECK(SendChunk());
    if (duckdb_appender_flush(appender_) == DuckDBError) {
        return EngineError(duckdb_appender_error(appender_), DUCKDB_ERROR_IO);
    }
    sent_rows_ = 0;
    sent_series_.clear();
    return {};
}

template <class Row>
void RangeTable<Row>::Abandon() {
    deletions_.clear();
    ForgetWaiting();
    sent_rows_ = 0;
    sent_series_.clear();
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
