#include "store/lease_table.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

using std::chrono::seconds;

constexpr Duration kLength = seconds{30};

/// A table with a clock and a counter of epochs.
struct Rig {
    LeaseTable table;
    Time now = FromMicros(1'000'000'000);
    uint64_t epoch = 0;

    Lease Acquire(std::string_view owner) { return table.Acquire(owner, kLength, now, ++epoch); }
    Lease Share(std::string_view owner) { return table.Share(owner, kLength, now, ++epoch); }
    size_t Has(std::string_view owner) const {
        for (const LeaseHolder& holder : table.holders()) {
            if (holder.owner == owner) return holder.partitions.count();
        }
        return 0;
    }
    void ExpectDisjoint() const {
        PartitionSet all;
        for (const LeaseHolder& holder : table.holders()) {
            EXPECT_TRUE((all & holder.partitions).none()) << holder.owner;
            all |= holder.partitions;
        }
    }
};

TEST(LeaseTableTest, OneOwnerTakesEverythingAndKeepsItWhileItRenews) {
    Rig rig;
    const Lease first = rig.Acquire("a");
    EXPECT_TRUE(first.partitions.all());
    EXPECT_TRUE(rig.Acquire("b").partitions.none());
    rig.now += seconds{29};
    EXPECT_TRUE(rig.table.Renew(first, kLength, rig.now));
    rig.now += seconds{29};
    EXPECT_TRUE(rig.table.Check(first, rig.now));
    EXPECT_EQ(rig.Acquire("a").epoch, first.epoch);
}

TEST(LeaseTableTest, ALeaseFromBeforeAnothersTurnIsNeverGoodAgain) {
    Rig rig;
    const Lease before = rig.Acquire("a");
    rig.now += seconds{31};
    EXPECT_FALSE(rig.table.Check(before, rig.now));
    const Lease other = rig.Acquire("b");
    EXPECT_TRUE(other.partitions.all());
    rig.table.Release(other);
    EXPECT_TRUE(rig.Acquire("a").partitions.all());
    EXPECT_FALSE(rig.table.Check(before, rig.now));
    EXPECT_FALSE(rig.table.Renew(before, kLength, rig.now));
}

TEST(LeaseTableTest, ALeaseThatPassedUntakenCanBeRenewed) {
    Rig rig;
    const Lease lease = rig.Acquire("a");
    rig.now += seconds{90};
    EXPECT_TRUE(rig.table.Renew(lease, kLength, rig.now));
    EXPECT_TRUE(rig.table.Check(lease, rig.now));
}

TEST(LeaseTableTest, AJoinerGetsItsShareOnceTheOthersHaveGivenItBack) {
    Rig rig;
    const Lease whole = rig.Share("a");
    EXPECT_TRUE(whole.partitions.all());
    EXPECT_TRUE(rig.Share("b").partitions.none());
    EXPECT_EQ(rig.Share("a").partitions.count(), 128U);
    EXPECT_FALSE(rig.table.Check(whole, rig.now));
    EXPECT_EQ(rig.Share("b").partitions.count(), 128U);
    rig.Share("c");
    for (const char* owner : {"a", "b", "c"}) rig.Share(owner);
    EXPECT_EQ(rig.Has("a"), 86U);
    EXPECT_EQ(rig.Has("b"), 85U);
    EXPECT_EQ(rig.Has("c"), 85U);
    rig.ExpectDisjoint();
}

TEST(LeaseTableTest, WhatIsKeptStaysWithItsOwnerWhenOthersComeAndGo) {
    Rig rig;
    rig.Share("a");
    rig.Share("b");
    const Lease kept = rig.Share("a");
    rig.Share("b");
    EXPECT_EQ(rig.Share("a").epoch, kept.epoch);
    EXPECT_TRUE(rig.table.Check(kept, rig.now));
}

TEST(LeaseTableTest, TheSharesOfOneThatDiedGoToTheOthersAfterItsTime) {
    Rig rig;
    for (int round = 0; round < 3; ++round) {
        for (const char* owner : {"a", "b", "c"}) rig.Share(owner);
    }
    rig.now += seconds{20};
    rig.Share("a");
    rig.Share("c");
    EXPECT_EQ(rig.Has("a"), 86U);
    rig.now += seconds{11};
    EXPECT_EQ(rig.Share("a").partitions.count(), 128U);
    EXPECT_EQ(rig.Share("c").partitions.count(), 128U);
    rig.ExpectDisjoint();
}

TEST(LeaseTableTest, ALeaseSaysWhenTheFirstOfTheOthersEnds) {
    Rig rig;
    EXPECT_EQ(rig.Share("a").others_end, Duration::max());
    rig.now += seconds{4};
    EXPECT_EQ(rig.Share("b").others_end, seconds{26});
    rig.now += seconds{3};
    EXPECT_EQ(rig.Share("c").others_end, seconds{23});
    EXPECT_EQ(rig.Share("a").others_end, seconds{27});
    rig.now += seconds{28};
    EXPECT_EQ(rig.Share("a").others_end, seconds{2});
}

TEST(LeaseTableTest, OneThatLeavesIsNotCountedAnyMore) {
    Rig rig;
    rig.Share("a");
    rig.Share("b");
    rig.Share("a");
    const Lease leaving = rig.Share("b");
    rig.table.Release(leaving);
    EXPECT_TRUE(rig.Share("a").partitions.all());
}

TEST(LeaseTableTest, ThoseThatShareLeaveAloneOneThatTookAll) {
    Rig rig;
    const Lease all = rig.Acquire("alone");
    EXPECT_TRUE(rig.Share("a").partitions.none());
    EXPECT_TRUE(rig.table.Check(all, rig.now));
    rig.table.Release(all);
    EXPECT_TRUE(rig.Share("a").partitions.all());
}

TEST(LeaseTableTest, MoreOwnersThanPartitionsGetOneOrNone) {
    Rig rig;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 300; ++i) rig.Share(fmt::format("owner-{:03}", i));
    }
    size_t total = 0;
    for (const LeaseHolder& holder : rig.table.holders()) {
        EXPECT_LE(holder.partitions.count(), 1U);
        total += holder.partitions.count();
    }
    EXPECT_EQ(total, static_cast<size_t>(kPartitions));
}

}  // namespace
}  // namespace tilth
