// Who may write the results of which partitions: the rules of leases, the same for every backend. A
// backend keeps the table (in memory, in a database) and lets one caller at a time change it. Pure.
//
// An owner has a set of partitions until a time; no two owners have one. The epoch rises whenever
// an owner gets a partition, so that a lease from before another's turn is never good again.
#pragma once

#include "store/processed_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace tilth {

struct LeaseHolder {
    std::string owner;
    uint64_t epoch = 0;  ///< Of the last time it got a partition.
    Time until = Time::min();
    bool shares = false;  ///< Came by Share: counts when partitions are dealt out.
    PartitionSet partitions;

    friend bool operator==(const LeaseHolder&, const LeaseHolder&) = default;
};

class LeaseTable {
  public:
    LeaseTable() = default;
    explicit LeaseTable(std::vector<LeaseHolder> holders) : holders_(std::move(holders)) {}

    /// Takes every partition that is free or whose lease has passed; keeps and renews what the
    /// owner has. `next_epoch` is above all given before.
    Lease Acquire(std::string_view owner, Duration length, Time now, uint64_t next_epoch);
    /// Keeps the owner among those that share, for `length`. It keeps what it has up to its share,
    /// gives back what is above it and another wants, and takes what is free up to it. The shares
    /// of n owners differ by one partition at most.
    Lease Share(std::string_view owner, Duration length, Time now, uint64_t next_epoch);
    /// One that has passed but was not taken can still be renewed: nobody wrote in between.
    /// kConflict when some of it was taken.
    Status Renew(const Lease& lease, Duration length, Time now);
    /// Gives back what the owner still has of it; one that has nothing left does not share any
    /// more.
    void Release(const Lease& lease);
    /// kConflict when some of it has passed or was taken.
    Status Check(const Lease& lease, Time now) const;

    const std::vector<LeaseHolder>& holders() const { return holders_; }

  private:
    LeaseHolder& HolderOf(std::string_view owner);
    PartitionSet TakeFromThePast(Time now);
    Lease Hold(LeaseHolder& holder, PartitionSet gained, Time until, uint64_t next_epoch);
    Status CheckHeld(const Lease& lease) const;

    std::vector<LeaseHolder> holders_;
};

}  // namespace tilth
