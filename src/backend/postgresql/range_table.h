// A table whose rows belong to a series and a time, written inside a transaction: ranges are
// deleted, rows are appended, and both reach the server together in a few large steps (one DELETE
// for many ranges, one COPY for many rows).
#pragma once

#include "backend/postgresql/partitions.h"
#include "backend/postgresql/row_layout.h"

#include <map>
#include <unordered_set>

namespace tilth::postgresql {

/// Row is Observation, Rollup or Checkpoint. Not thread-safe.
template <class Row>
class RangeTable {
  public:
    /// `table` with its schema: "g1.observation".
    RangeTable(
        Connection& connection, Partitions& partitions, GenerationId generation, std::string table
    );

    /// Both take effect in the order of the calls, at the latest by Flush.
    Status Delete(int32_t series, TimeRange range);
    Status Append(int32_t series, std::span<const Row> rows);

    /// Hands to the server what was not yet handed. Requires: before the table is read.
    Status Flush();

    /// How many rows more (or fewer) each series has by what was flushed.
    const std::map<int32_t, int64_t>& gained() const { return gained_; }

  private:
    void NoteMonth(Time time);
    Status RunDeletes();
    Status CopyRows();
    std::string CopyTarget() const;

    Connection& connection_;
    Partitions& partitions_;
    GenerationId generation_;
    std::string table_;

    std::string copy_;
    std::unordered_set<int32_t> unflushed_;
    std::set<int32_t> months_;
    bool outside_months_ = false;  ///< A row belongs to a partition that is no month's.
    TimeRange month_now_{
        Time::max(), Time::min()};  ///< Of the row before, so that few are looked up.
    std::map<int32_t, int64_t> gained_;

    std::vector<int32_t> delete_series_;
    std::vector<Time> delete_from_;
    std::vector<Time> delete_to_;
};

extern template class RangeTable<Observation>;
extern template class RangeTable<Rollup>;
extern template class RangeTable<Checkpoint>;

}  // namespace tilth::postgresql
