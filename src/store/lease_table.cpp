#include "store/lease_table.h"

#include <algorithm>

namespace tilth {
namespace {

PartitionSet FirstOf(const PartitionSet& set, size_t count) {
    PartitionSet first;
    for (size_t i = 0; i < set.size() && first.count() < count; ++i) {
        if (set.test(i)) first.set(i);
    }
    return first;
}

size_t Above(size_t a, size_t b) {
    return a > b ? a - b : 0;
}

}  // namespace

LeaseHolder& LeaseTable::HolderOf(std::string_view owner) {
    const auto found = std::ranges::find(holders_, owner, &LeaseHolder::owner);
    if (found != holders_.end()) return *found;
    LeaseHolder& added = holders_.emplace_back();
    added.owner = owner;
    return added;
}

/// Forgets those whose time has passed; returns the partitions that nobody has.
PartitionSet LeaseTable::TakeFromThePast(Time now) {
    std::erase_if(holders_, [&](const LeaseHolder& holder) { return holder.until <= now; });
    PartitionSet free = AllPartitions();
    for (const LeaseHolder& holder : holders_) free &= ~holder.partitions;
    return free;
}

Lease LeaseTable::Hold(LeaseHolder& holder, PartitionSet gained, Time until, uint64_t next_epoch) {
    if (gained.any()) holder.epoch = next_epoch;
    holder.partitions |= gained;
    holder.until = until;
    return {.owner = holder.owner, .epoch = holder.epoch, .partitions = holder.partitions};
}

Lease LeaseTable::Acquire(std::string_view owner, Duration length, Time now, uint64_t next_epoch) {
    const PartitionSet free = TakeFromThePast(now);
    const bool is_known = std::ranges::find(holders_, owner, &LeaseHolder::owner) != holders_.end();
    if (free.none() && !is_known)
        return {.owner = std::string(owner), .epoch = 0, .partitions = {}};
    return Hold(HolderOf(owner), free, now + length, next_epoch);
}

Lease LeaseTable::Share(std::string_view owner, Duration length, Time now, uint64_t next_epoch) {
    PartitionSet free = TakeFromThePast(now);
    HolderOf(owner).shares = true;
    std::ranges::sort(holders_, {}, &LeaseHolder::owner);
    size_t members = 0;
    size_t dealt = kPartitions;
    for (const LeaseHolder& holder : holders_) {
        if (holder.shares) {
            ++members;
        } else {
            dealt -= holder.partitions.count();
        }
    }
    size_t rank = 0;
    size_t wanted_by_others = 0;
    size_t own_share = 0;
    for (const LeaseHolder& holder : holders_) {
        if (!holder.shares) continue;
        const size_t share = dealt / members + (rank++ < dealt % members ? 1 : 0);
        if (holder.owner == owner) {
            own_share = share;
        } else {
            wanted_by_others += Above(share, holder.partitions.count());
        }
    }
    LeaseHolder& own = HolderOf(owner);
    const size_t surplus =
        std::min(Above(own.partitions.count(), own_share), Above(wanted_by_others, free.count()));
    own.partitions = FirstOf(own.partitions, own.partitions.count() - surplus);
    free = FirstOf(free, Above(own_share, own.partitions.count()));
    Lease lease = Hold(own, free, now + length, next_epoch);
    for (const LeaseHolder& holder : holders_) {
        if (holder.owner != owner)
            lease.others_end = std::min(lease.others_end, holder.until - now);
    }
    return lease;
}

Status LeaseTable::CheckHeld(const Lease& lease) const {
    if (lease.partitions.none()) return {};
    const auto holder = std::ranges::find(holders_, lease.owner, &LeaseHolder::owner);
    const bool is_held = holder != holders_.end() && holder->epoch <= lease.epoch &&
                         (lease.partitions & ~holder->partitions).none();
    if (is_held) return {};
    return Fail(
        Fault::kConflict,
        "some partitions are no longer leased to {} (epoch {})",
        lease.owner,
        lease.epoch
    );
}

Status LeaseTable::Check(const Lease& lease, Time now) const {
    TILTH_CHECK(CheckHeld(lease));
    const auto holder = std::ranges::find(holders_, lease.owner, &LeaseHolder::owner);
    if (lease.partitions.none() || holder->until > now) return {};
    return Fail(
        Fault::kConflict, "the lease of {} (epoch {}) has passed", lease.owner, lease.epoch
    );
}

Status LeaseTable::Renew(const Lease& lease, Duration length, Time now) {
    TILTH_CHECK(CheckHeld(lease));
    if (lease.partitions.any()) HolderOf(lease.owner).until = now + length;
    return {};
}

void LeaseTable::Release(const Lease& lease) {
    const auto holder = std::ranges::find(holders_, lease.owner, &LeaseHolder::owner);
    if (holder == holders_.end() || holder->epoch > lease.epoch) return;
    holder->partitions &= ~lease.partitions;
    if (holder->partitions.none()) holders_.erase(holder);
}

}  // namespace tilth
