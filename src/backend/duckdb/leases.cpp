#include "backend/duckdb/leases.h"

namespace tilth::duckdb {

bool Leases::Holds(const Holder& holder, const Lease& lease) const {
    return holder.owner == lease.owner && holder.epoch <= lease.epoch && holder.until > Time::min();
}

Lease Leases::Acquire(std::string_view owner, Duration length) {
    const std::scoped_lock lock(mutex_);
    const Time now = clock_.Now();
    const uint64_t next = epoch_ + 1;
    Lease lease{.owner = std::string(owner), .epoch = 0, .partitions = {}};
    for (size_t i = 0; i < holders_.size(); ++i) {
        Holder& holder = holders_[i];
        const bool own = holder.owner == owner && holder.until > now;
        if (!own && holder.until > now) continue;
        if (!own) {
            holder.owner = owner;
            holder.epoch = next;
            epoch_ = next;
        }
        holder.until = now + length;
        lease.epoch = std::max(lease.epoch, holder.epoch);
        lease.partitions.set(i);
    }
    return lease;
}

Status Leases::CheckLocked(const Lease& lease) const {
    const Time now = clock_.Now();
    for (size_t i = 0; i < holders_.size(); ++i) {
        if (!lease.partitions.test(i)) continue;
        if (!Holds(holders_[i], lease)) {
            return Fail(Fault::kConflict, "partition {} is no longer leased to {}", i, lease.owner);
        }
        if (holders_[i].until <= now) {
            return Fail(
                Fault::kConflict, "the lease of {} on partition {} has passed", lease.owner, i
            );
        }
    }
    return {};
}

Status Leases::Check(const Lease& lease) const {
    const std::scoped_lock lock(mutex_);
    return CheckLocked(lease);
}

Status Leases::Renew(const Lease& lease, Duration length) {
    const std::scoped_lock lock(mutex_);
    // One that has passed but was not taken can still be renewed: nobody wrote in between.
    for (size_t i = 0; i < holders_.size(); ++i) {
        if (lease.partitions.test(i) && !Holds(holders_[i], lease)) {
            return Fail(Fault::kConflict, "partition {} is no longer leased to {}", i, lease.owner);
        }
    }
    const Time until = clock_.Now() + length;
    for (size_t i = 0; i < holders_.size(); ++i) {
        if (lease.partitions.test(i)) holders_[i].until = until;
    }
    return {};
}

Status Leases::Release(const Lease& lease) {
    const std::scoped_lock lock(mutex_);
    for (size_t i = 0; i < holders_.size(); ++i) {
        if (lease.partitions.test(i) && Holds(holders_[i], lease)) holders_[i].until = Time::min();
    }
    return {};
}

}  // namespace tilth::duckdb
