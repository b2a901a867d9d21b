// Who may write which partitions, for how long. Kept in memory: the file belongs to one process,
// and whoever held a lease before it started is gone.
#pragma once

#include "base/clock.h"
#include "store/lease_table.h"

#include <mutex>

namespace tilth::duckdb {

/// Thread-safe.
class Leases {
  public:
    explicit Leases(const Clock& clock) : clock_(clock) {}

    Lease Acquire(std::string_view owner, Duration length) {
        const std::scoped_lock lock(mutex_);
        return table_.Acquire(owner, length, clock_.Now(), ++epoch_);
    }
    Lease Share(std::string_view owner, Duration length) {
        const std::scoped_lock lock(mutex_);
        return table_.Share(owner, length, clock_.Now(), ++epoch_);
    }
    Status Renew(const Lease& lease, Duration length) {
        const std::scoped_lock lock(mutex_);
        return table_.Renew(lease, length, clock_.Now());
    }
    Status Release(const Lease& lease) {
        const std::scoped_lock lock(mutex_);
        table_.Release(lease);
        return {};
    }
    /// kConflict when some of it has passed or was taken.
    Status Check(const Lease& lease) const {
        const std::scoped_lock lock(mutex_);
        return table_.Check(lease, clock_.Now());
    }
    /// Runs f() while nobody can take a partition, if the lease is good.
    template <class F>
    auto WithGoodLease(const Lease& lease, F&& f) -> decltype(f()) {
        const std::scoped_lock lock(mutex_);
        TILTH_CHECK(table_.Check(lease, clock_.Now()));
        return f();
    }

  private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    LeaseTable table_;
    uint64_t epoch_ = 0;
};

}  // namespace tilth::duckdb
