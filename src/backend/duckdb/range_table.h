// A table whose rows belong to a series and a time, written inside the writer's transaction:
// ranges are deleted, rows are appended, and both reach DuckDB together in a few large steps.
#pragma once

#include "backend/duckdb/row_layout.h"

#include <memory>
#include <unordered_set>

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
    Status OpenAppender();
    Status SendChunk();
    Status RunDeletes();

    Connection& connection_;
    std::string schema_;
    std::string table_;
    duckdb_appender appender_ = nullptr;
    ChunkToFill chunk_;
    size_t unflushed_rows_ = 0;
    uint64_t deleted_rows_ = 0;
    std::unordered_set<int32_t> unflushed_series_;

    std::vector<int32_t> delete_series_;
    std::vector<Time> delete_from_;
    std::vector<Time> delete_to_;
};

extern template class RangeTable<Observation>;
extern template class RangeTable<Rollup>;
extern template class RangeTable<Checkpoint>;

}  // namespace tilth::duckdb
