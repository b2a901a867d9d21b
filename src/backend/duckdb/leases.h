// Who may write which partitions, for how long. Kept in memory: the file belongs to one process,
// and whoever held a lease before it started is gone.
#pragma once

#include "base/clock.h"
#include "store/processed_store.h"

#include <array>
#include <mutex>

namespace tilth::duckdb {

/// Thread-safe.
class Leases {
  public:
    explicit Leases(const Clock& clock) : clock_(clock) {}

    Lease Acquire(std::string_view owner, Duration length);
    Status Renew(const Lease& lease, Duration length);
    Status Release(const Lease& lease);
    /// kConflict when some of it has passed or was taken.
    Status Check(const Lease& lease) const;
    /// Runs f() while nobody can take a partition, if the lease is good.
    template <class F>
    auto WithGoodLease(const Lease& lease, F&& f) -> decltype(f()) {
        const std::scoped_lock lock(mutex_);
        TILTH_CHECK(CheckLocked(lease));
        return f();
    }

  private:
    struct Holder {
        std::string owner;
        uint64_t epoch = 0;  ///< Of the acquisition by which the owner got it.
        Time until = Time::min();
    };

    bool Holds(const Holder& holder, const Lease& lease) const;
    Status CheckLocked(const Lease& lease) const;

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::array<Holder, kPartitions> holders_;
    uint64_t epoch_ = 0;
};

}  // namespace tilth::duckdb
