// The partitions of the tables of observations: one a month, made when the first row of a month is
// written. Times before 1990 and from 2100 on, which only a broken clock sends, have one each, so
// that no clock can make thousands.
#pragma once

#include "backend/postgresql/pool.h"

#include <set>

namespace tilth::postgresql {

/// Months since 1970-01 for a month that has a partition of its own, else nullopt.
std::optional<int32_t> MonthOf(Time time);
/// Start of the month, UTC.
Time StartOfMonth(int32_t month);
/// "observation_2025_06"
std::string PartitionOf(int32_t month);

/// Thread-safe.
class Partitions {
  public:
    explicit Partitions(Pool& pool) : pool_(pool) {}

    /// Makes those of the months that are not there, each in a transaction of its own: an empty
    /// partition does no harm, and nobody has to wait for the caller's transaction.
    Status Ensure(GenerationId generation, const std::set<int32_t>& months);
    void Forget(GenerationId generation);

  private:
    Pool& pool_;
    Guarded<std::set<std::pair<GenerationId, int32_t>>> known_;
};

}  // namespace tilth::postgresql
