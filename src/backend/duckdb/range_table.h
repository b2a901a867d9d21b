// A table whose rows belong to a series and a time, written inside the writer's transaction:
// ranges are deleted, rows are appended, and both reach DuckDB together in a few large steps.
#pragma once

#include "backend/duckdb/row_layout.h"

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tilth::duckdb {

/// Row is Observation, Rollup or Checkpoint. Not thread-safe.
template <class Row>
class RangeTable {
  public:
    /// `table` with its schema: "g1.observation". Appends and deletes go through `connection`.
    RangeTable(Connection& connection, std::string schema, std::string table);
    ~RangeTable();
    RangeTable(const RangeTable&) = delete;
    RangeTable& operator=(const RangeTable&) = delete;

    /// Both take effect in the order of the calls, at the latest by Flush.
    Status Delete(int32_t series, TimeRange range);
    Status Append(int32_t series, std::span<const Row> rows);

    /// Hands to DuckDB what was not yet handed. Requires: before the table is read.
    Status Flush();
    /// Rows that deletes of this object have removed, also of transactions that were rolled back.
    uint64_t deleted_rows() const { return deleted_rows_; }
    /// Forgets what was not flushed. Requires: before the transaction is rolled back.
    void Abandon();

  private:
    /// Rows of one series that wait, rows_[first, first + count), in order.
    struct Waiting {
        int32_t series = 0;
        size_t first = 0;
        size_t count = 0;
    };
    struct Deletion {
        int32_t series = 0;
        TimeRange range;
    };

    Status OpenAppender();
    Status Fill(int32_t series, std::span<const Row> rows);
    Status SendWaiting();
    Status SendChunk();
    Status FlushSent();
    Status RunDeletes();
    void MergeDeletes();
    void TakeBack(int32_t series, TimeRange range);
    void ForgetWaiting();

    Connection& connection_;
    std::string schema_;
    std::string table_;
    duckdb_appender appender_ = nullptr;
    ChunkToFill chunk_;
    size_t sent_rows_ = 0;  ///< Of the appender, not flushed.
    std::unordered_set<int32_t> sent_series_;
    uint64_t deleted_rows_ = 0;

    /// A later deletion of the same transaction takes its rows back from here, so that all
    /// deletions can be one statement.
    std::vector<Row> rows_;
    std::vector<Waiting> waiting_;
    std::unordered_map<int32_t, std::vector<size_t>> waiting_of_;  ///< Indices by series.
    std::vector<Deletion> deletions_;
};

extern template class RangeTable<Observation>;
extern template class RangeTable<Rollup>;
extern template class RangeTable<Checkpoint>;

}  // namespace tilth::duckdb
