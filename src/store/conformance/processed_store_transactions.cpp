// Transactions: all or nothing, cursors, versions, segments, checkpoints, dirty ranges.
#include "store/conformance/processed_store_suite.h"

#include <thread>

namespace tilth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PartitionSet Only(std::initializer_list<size_t> partitions) {
    PartitionSet set;
    for (const size_t p : partitions) set.set(p);
    return set;
}

Status Move(
    ProcessTransaction& transaction, PartitionSet partitions, Sequence expected, Sequence next
) {
    const CursorMove move{partitions, kWriter, expected, next};
    return transaction.MoveCursors(std::span(&move, 1));
}

TEST_P(ProcessedStoreSuite, ShowsNothingOfATransactionThatWasNotCommitted) {
    Replace(kMoisture, TimeRange{}, Rows(0, 3));
    const ChangeToken before = ValueOf(store_->LatestToken());
    {
        auto transaction = Begin();
        ASSERT_THAT(Write(*transaction, kMoisture, Seconds(1, 9), Rows(5, 8)), IsOk());
        ASSERT_THAT(Move(*transaction, AllPartitions(), 0, 10), IsOk());
        const DirtyRange dirty{kWarmth, Seconds(0, 1), 0, PartitionId{0}};
        ASSERT_THAT(transaction->AddDirty(std::span(&dirty, 1)), IsOk());
        Thing thing;
        thing.name = "node";
        ASSERT_THAT(transaction->Register(std::span(&thing, 1), {}), IsOk());
        EXPECT_THAT(ValuesOf(All(kMoisture)), ElementsAre(0, 1, 2, 3));
    }
    for (int round = 0; round < 2; ++round) {
        EXPECT_THAT(ValuesOf(All(kMoisture)), ElementsAre(0, 1, 2, 3));
        EXPECT_THAT(ValueOf(store_->Cursors(generation_)), IsEmpty());
        EXPECT_THAT(ValueOf(store_->DirtyRanges(generation_, AllPartitions())), IsEmpty());
        EXPECT_THAT(ValueOf(store_->Things()), IsEmpty());
        EXPECT_EQ(ValueOf(store_->LatestToken()), before);
        Reopen();
    }
    Replace(kMoisture, Seconds(3, 4), {Row(3, -3)});
    EXPECT_THAT(ValuesOf(All(kMoisture)), ElementsAre(0, 1, 2, -3));
}

TEST_P(ProcessedStoreSuite, SeesItsOwnWritesBeforeItCommits) {
    auto transaction = Begin();
    Observations rows = Rows(0, 9);
    rows[9].provisional = true;
    ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, rows), IsOk());
    EXPECT_EQ(ValueOf(transaction->ReadSegment(kMoisture, TimeRange{}, 0)), rows);
    EXPECT_EQ(ValueOf(transaction->LastTime(kMoisture)), rows[9].time);
    ASSERT_THAT(Write(*transaction, kMoisture, Seconds(2, 99), {}), IsOk());
    EXPECT_EQ(ValueOf(transaction->ReadSegment(kMoisture, TimeRange{}, 0)).size(), 2U);
    EXPECT_EQ(ValueOf(transaction->LastTime(kMoisture)), rows[1].time);
    EXPECT_EQ(ValueOf(transaction->LastTime(kWarmth)), std::nullopt);
    ASSERT_THAT(transaction->Commit(), IsOk());
    EXPECT_THAT(transaction->Commit(), FailsWith(Fault::kConflict));
}

TEST_P(ProcessedStoreSuite, ReadsASegmentWithCountingRowsAheadOfIt) {
    Observations rows = Rows(0, 20);
    rows[8].counts = false;
    rows[19].provisional = rows[20].provisional = true;
    Replace(kMoisture, TimeRange{}, rows);
    auto transaction = Begin();
    const auto segment = [&](TimeRange range, size_t before) {
        return ValuesOf(ValueOf(transaction->ReadSegment(kMoisture, range, before)));
    };
    EXPECT_THAT(segment(Seconds(10, 12), 0), ElementsAre(10, 11));
    EXPECT_THAT(segment(Seconds(10, 12), 3), ElementsAre(6, 7, 9, 10, 11));
    EXPECT_THAT(segment(Seconds(7, 9), 1), ElementsAre(6, 7, 8));
    EXPECT_THAT(segment(Seconds(20, 21), 2), ElementsAre(18, 19, 20));
    EXPECT_THAT(segment(Seconds(100, 200), 2), ElementsAre(19, 20));
    EXPECT_THAT(segment(Seconds(1, 2), 50), ElementsAre(0, 1));
    EXPECT_THAT(segment(Seconds(5, 5), 2), ElementsAre(3, 4));
    EXPECT_EQ(ValueOf(transaction->ReadSegment(kMoisture, TimeRange{}, 5)), rows);
}

TEST_P(ProcessedStoreSuite, MovesCursorsOnlyFromWhereTheyStand) {
    {
        auto transaction = Begin();
        ASSERT_THAT(Move(*transaction, AllPartitions(), 0, 10), IsOk());
        ASSERT_THAT(Move(*transaction, Only({3, 200}), 10, 12), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }
    Reopen();
    auto cursors = ValueOf(store_->Cursors(generation_));
    ASSERT_EQ(cursors.size(), 1U);
    ASSERT_EQ(cursors.at(kWriter).size(), static_cast<size_t>(kPartitions));
    EXPECT_EQ(cursors.at(kWriter)[3], 12U);
    EXPECT_EQ(cursors.at(kWriter)[4], 10U);
    {
        auto transaction = Begin();
        EXPECT_THAT(Move(*transaction, Only({3}), 10, 20), FailsWith(Fault::kConflict));
    }
    {
        auto transaction = Begin();
        EXPECT_THAT(Move(*transaction, Only({3, 4}), 12, 20), FailsWith(Fault::kConflict));
    }
    EXPECT_EQ(ValueOf(store_->Cursors(generation_)).at(kWriter)[3], 12U);
}

TEST_P(ProcessedStoreSuite, CommitsResultsAndCursorTogether) {
    auto transaction = Begin();
    ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, Rows(0, 1)), IsOk());
    ASSERT_THAT(Move(*transaction, AllPartitions(), 0, 2), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    Reopen();
    EXPECT_EQ(All(kMoisture).size(), 2U);
    EXPECT_EQ(ValueOf(store_->Cursors(generation_)).at(kWriter)[0], 2U);
}

TEST_P(ProcessedStoreSuite, RaisesTheVersionOfWhatACommitChanged) {
    const auto versions = [&] {
        auto transaction = ValueOf(store_->Begin(generation_, lease_));
        const DatastreamId both[] = {kMoisture, kWarmth};
        return ValueOf(transaction->Lock(both));
    };
    Replace(kMoisture, TimeRange{}, Rows(0, 1));
    const auto first = versions();
    EXPECT_EQ(versions(), first);
    Replace(kMoisture, Seconds(2, 3), Rows(2, 2));
    const auto second = versions();
    EXPECT_GT(second[0], first[0]);
    EXPECT_EQ(second[1], first[1]);
    Reopen();
    const auto third = versions();
    EXPECT_GE(third[0], second[0]);
    Replace(kMoisture, Seconds(2, 3), {});
    EXPECT_GT(versions()[0], third[0]);
}

TEST_P(ProcessedStoreSuite, KeepsCheckpointsUntilTheyAreReplaced) {
    const auto at = [](int64_t s) { return FromMicros(s * 1'000'000); };
    const std::string bytes("\0state\xFF", 7);
    const std::vector<Checkpoint> rows = {
        {kMoisture, 1, at(10), bytes},
        {kMoisture, 2, at(10), "b10"},
        {kMoisture, 1, at(20), "a20"},
        {kMoisture, 1, at(30), ""},
    };
    const auto write = [&](Time from, std::span<const Checkpoint> some) {
        auto transaction = Begin();
        const ProcessTransaction::CheckpointChange change{kMoisture, from, some};
        ASSERT_THAT(transaction->Write(std::span(&change, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    write(at(0), rows);
    Reopen();
    {
        auto transaction = Begin();
        const auto before = ValueOf(transaction->CheckpointsBefore(kMoisture, at(30)));
        ASSERT_EQ(before.size(), 2U);
        EXPECT_EQ(before[0].state, "a20");
        EXPECT_EQ(before[1].state, "b10");
        const auto early = ValueOf(transaction->CheckpointsBefore(kMoisture, at(11)));
        ASSERT_EQ(early.size(), 2U);
        EXPECT_EQ(early[0].state, bytes);
        EXPECT_THAT(ValueOf(transaction->CheckpointsBefore(kMoisture, at(10))), IsEmpty());
        const auto from = ValueOf(transaction->CheckpointsFrom(kMoisture, at(20)));
        ASSERT_EQ(from.size(), 2U);
        EXPECT_EQ(from[0].time, at(20));
        EXPECT_EQ(from[1].state, "");
        EXPECT_THAT(ValueOf(transaction->CheckpointsFrom(kWarmth, at(0))), IsEmpty());
    }
    const auto read = ValueOf(store_->CheckpointsBefore(kMoisture, at(30)));
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].state, "a20");
    EXPECT_EQ(read[0].datastream, kMoisture);
    EXPECT_THAT(ValueOf(store_->CheckpointsBefore(kMoisture, at(10))), IsEmpty());
    EXPECT_THAT(ValueOf(store_->CheckpointsBefore(kWarmth, at(30))), IsEmpty());
    write(at(20), std::span(rows).subspan(3));
    auto transaction = Begin();
    const auto left = ValueOf(transaction->CheckpointsFrom(kMoisture, Time::min()));
    ASSERT_EQ(left.size(), 3U);
    EXPECT_EQ(left[2].time, at(30));
}

TEST_P(ProcessedStoreSuite, RemovesADirtyRangeOnlyIfItIsUnchanged) {
    const auto add = [&](TimeRange range) {
        auto transaction = Begin();
        const DirtyRange dirty{kMoisture, range, 0, PartitionId{9}};
        ASSERT_THAT(transaction->AddDirty(std::span(&dirty, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    const auto remove = [&](const DirtyRange& dirty) {
        auto transaction = Begin();
        ASSERT_THAT(transaction->RemoveDirty(std::span(&dirty, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    const auto ranges = [&] { return ValueOf(store_->DirtyRanges(generation_, Only({9}))); };
    add(Seconds(10, 20));
    const auto first = ranges();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].range, Seconds(10, 20));
    add(Seconds(15, 18));
    const auto again = ranges();
    EXPECT_GT(again[0].version, first[0].version);
    remove(first[0]);
    ASSERT_EQ(ranges().size(), 1U);
    add(Seconds(5, 30));
    Reopen();
    const auto wider = ranges();
    ASSERT_EQ(wider.size(), 1U);
    EXPECT_EQ(wider[0].range, Seconds(5, 30));
    EXPECT_THAT(ValueOf(store_->DirtyRanges(generation_, Only({8}))), IsEmpty());
    remove(wider[0]);
    EXPECT_THAT(ranges(), IsEmpty());
    // A new range never has the version of one that is gone.
    add(Seconds(10, 20));
    EXPECT_GT(ranges()[0].version, wider[0].version);
    remove(wider[0]);
    EXPECT_EQ(ranges().size(), 1U);
}

TEST_P(ProcessedStoreSuite, FencesWhoseLeaseHasPassedOrWasTaken) {
    auto late = Begin();
    ASSERT_THAT(Write(*late, kMoisture, TimeRange{}, Rows(0, 1)), IsOk());
    clock_.Advance(std::chrono::hours{2});
    EXPECT_THAT(late->Commit(), FailsWith(Fault::kConflict));
    late.reset();
    EXPECT_THAT(All(kMoisture), IsEmpty());
    EXPECT_THAT(store_->Begin(generation_, lease_), FailsWith(Fault::kConflict));

    const Lease other = ValueOf(store_->AcquireLease("other", std::chrono::hours{1}));
    EXPECT_TRUE(other.partitions.all());
    EXPECT_GT(other.epoch, lease_.epoch);
    EXPECT_THAT(store_->RenewLease(lease_, std::chrono::hours{1}), FailsWith(Fault::kConflict));
    EXPECT_THAT(store_->Begin(generation_, lease_), FailsWith(Fault::kConflict));
    EXPECT_TRUE(ValueOf(store_->AcquireLease("tester", std::chrono::hours{1})).partitions.none());
    EXPECT_THAT(store_->ReleaseLease(lease_), IsOk());
    EXPECT_THAT(store_->Begin(generation_, other), IsOk());
    EXPECT_THAT(store_->ReleaseLease(other), IsOk());
    const Lease back = ValueOf(store_->AcquireLease("tester", std::chrono::hours{1}));
    EXPECT_TRUE(back.partitions.all());
    EXPECT_GT(back.epoch, other.epoch);
    // The same owner's right from before the other's is gone for good.
    EXPECT_THAT(store_->Begin(generation_, lease_), FailsWith(Fault::kConflict));
}

TEST_P(ProcessedStoreSuite, KeepsALeaseThatIsRenewedInTime) {
    clock_.Advance(std::chrono::minutes{50});
    ASSERT_THAT(store_->RenewLease(lease_, std::chrono::hours{1}), IsOk());
    clock_.Advance(std::chrono::minutes{50});
    EXPECT_TRUE(ValueOf(store_->AcquireLease("other", std::chrono::hours{1})).partitions.none());
    Replace(kMoisture, TimeRange{}, Rows(0, 1));
    const Lease again = ValueOf(store_->AcquireLease("tester", std::chrono::hours{1}));
    EXPECT_TRUE(again.partitions.all());
    EXPECT_EQ(again.epoch, lease_.epoch);
    EXPECT_EQ(All(kMoisture).size(), 2U);
}

TEST_P(ProcessedStoreSuite, MovesNoCursorOfAPartitionThatIsNotLeased) {
    lease_.partitions.reset(17);
    auto transaction = Begin();
    EXPECT_THAT(Move(*transaction, Only({17}), 0, 1), FailsWith(Fault::kConflict));
    EXPECT_THAT(Move(*transaction, Only({16}), 0, 1), IsOk());
}

TEST_P(ProcessedStoreSuite, ShowsReadersWholeCommitsOnly) {
    constexpr int kCommits = 60;
    std::jthread reader([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            const Observations rows = All(kMoisture);
            if (rows.empty()) continue;
            EXPECT_EQ(rows.size(), 10U);
            for (const Observation& row : rows) EXPECT_EQ(row.value, rows.front().value);
        }
    });
    for (int i = 0; i < kCommits; ++i) {
        Observations rows = Rows(0, 9);
        for (Observation& row : rows) row.value = i;
        rows.back().provisional = i % 2 == 0;
        Replace(kMoisture, TimeRange{}, rows);
    }
}

TEST_P(ProcessedStoreSuite, RunsTransactionsOfSeveralThreadsOneAfterTheOther) {
    constexpr int kThreads = 3;
    constexpr Sequence kCommits = 20;
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (Sequence i = 0; i < kCommits; ++i) {
                auto transaction = Begin();
                EXPECT_THAT(Move(*transaction, Only({t}), i, i + 1), IsOk());
                EXPECT_THAT(transaction->Commit(), IsOk());
            }
        });
    }
    threads.clear();
    const auto cursors = ValueOf(store_->Cursors(generation_)).at(kWriter);
    for (size_t t = 0; t < kThreads; ++t) EXPECT_EQ(cursors[t], kCommits);
}

}  // namespace
}  // namespace tilth
