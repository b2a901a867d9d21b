// Attacks on what holds several writers apart: a writer that is paused at any step of a
// transaction, slow ones, ones that give up, ones that are killed; and the change feed in the
// middle of them.
#include "store/conformance/killed_child.h"
#include "store/conformance/processed_store_suite.h"

#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <thread>

namespace tilth {
namespace {

constexpr Duration kLength = std::chrono::hours{1};

/// The steps of a transaction as a processor makes them.
struct Step {
    const char* name;
    Status (*run)(ProcessTransaction&);
};

constexpr DatastreamId kBoth[] = {kMoisture, kWarmth};

Observation RowAt(int64_t second, double value) {
    Observation row;
    row.time = FromMicros(second * 1'000'000);
    row.value = value;
    row.reading_id = static_cast<uint64_t>(second) + 1;
    row.flag = QualityFlag::kGood;
    return row;
}

Status WriteOne(ProcessTransaction& transaction, DatastreamId id, const Observation& row) {
    const TimeRange range{row.time, row.time + Duration{1}};
    const SeriesChange change{
        .datastream = id, .range = range, .tail_only = false, .rows = std::span(&row, 1)};
    return transaction.Write(std::span(&change, 1));
}

Status MoveAll(ProcessTransaction& transaction, Sequence expected, Sequence next) {
    const CursorMove move{AllPartitions(), kWriter, expected, next};
    return transaction.MoveCursors(std::span(&move, 1));
}

constexpr Step kSteps[] = {
    {"begin", [](ProcessTransaction&) -> Status { return {}; }},
    {"lock",
     [](ProcessTransaction& t) -> Status {
         TILTH_CHECK(t.Lock(kBoth));
         return {};
     }},
    {"read",
     [](ProcessTransaction& t) -> Status {
         TILTH_CHECK(t.ReadSegment(kMoisture, TimeRange{}, 3));
         return {};
     }},
    {"write", [](ProcessTransaction& t) { return WriteOne(t, kMoisture, RowAt(5, -1)); }},
    {"mark as dirty",
     [](ProcessTransaction& t) {
         const DirtyRange dirty{kWarmth, {}, 0, PartitionId{3}};
         return t.AddDirty(std::span(&dirty, 1));
     }},
    {"register",
     [](ProcessTransaction& t) {
         Thing thing;
         thing.name = "a late writer's";
         return t.Register(std::span(&thing, 1), {});
     }},
    {"move the cursors", [](ProcessTransaction& t) { return MoveAll(t, 10, 99); }},
};

TEST_P(ProcessedStoreSuite, FencesAWriterThatWasPausedAtAnyStep) {
    {
        auto transaction = Begin();
        ASSERT_THAT(WriteOne(*transaction, kMoisture, RowAt(5, 5)), IsOk());
        ASSERT_THAT(MoveAll(*transaction, 0, 10), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }
    for (const Step& paused_after : kSteps) {
        SCOPED_TRACE(paused_after.name);
        auto late = ValueOf(store_->Begin(generation_, lease_));
        ASSERT_NE(late, nullptr);
        const Step* step = kSteps;
        do {
            ASSERT_THAT(step->run(*late), IsOk());
        } while (step++ != &paused_after);
        clock_.Advance(2 * kLength);
        const Lease other = ValueOf(store_->AcquireLease("other", kLength));
        ASSERT_TRUE(other.partitions.all());
        // It goes on as if nothing had happened.
        for (; step != std::end(kSteps); ++step) static_cast<void>(step->run(*late));
        EXPECT_THAT(late->Commit(), FailsWith(Fault::kConflict));
        late.reset();
        EXPECT_EQ(ValuesOf(All(kMoisture)), (std::vector<double>{5}));
        EXPECT_EQ(ValueOf(store_->Cursors(generation_)).at(kWriter)[0], 10U);
        EXPECT_TRUE(ValueOf(store_->DirtyRanges(generation_, AllPartitions())).empty());
        EXPECT_TRUE(ValueOf(store_->Things()).empty());
        // Who holds the lease now can write at once.
        auto now = ValueOf(store_->Begin(generation_, other));
        ASSERT_THAT(WriteOne(*now, kMoisture, RowAt(5, 5)), IsOk());
        ASSERT_THAT(now->Commit(), IsOk());
        now.reset();
        ASSERT_THAT(store_->ReleaseLease(other), IsOk());
        lease_ = ValueOf(store_->AcquireLease("tester", kLength));
    }
}

TEST_P(ProcessedStoreSuite, RefusesAWriterWhoseShareWentToAnother) {
    ASSERT_THAT(store_->ReleaseLease(lease_), IsOk());
    const Lease whole = ValueOf(store_->ShareLease("first", kLength));
    ASSERT_TRUE(whole.partitions.all());
    auto late = ValueOf(store_->Begin(generation_, whole));
    ASSERT_THAT(late->Lock(kBoth), IsOk());
    ASSERT_THAT(MoveAll(*late, 0, 10), IsOk());
    EXPECT_TRUE(ValueOf(store_->ShareLease("second", kLength)).partitions.none());
    const Lease kept = ValueOf(store_->ShareLease("first", kLength));
    const Lease gained = ValueOf(store_->ShareLease("second", kLength));
    EXPECT_EQ(kept.partitions.count(), 128U);
    EXPECT_EQ(gained.partitions, ~kept.partitions);
    EXPECT_THAT(late->Commit(), FailsWith(Fault::kConflict));
    late.reset();
    for (const Lease& lease : {kept, gained}) {
        auto transaction = ValueOf(store_->Begin(generation_, lease));
        const CursorMove own{lease.partitions, kWriter, 0, 10};
        EXPECT_THAT(transaction->MoveCursors(std::span(&own, 1)), IsOk());
        EXPECT_THAT(transaction->Commit(), IsOk());
    }
    const auto cursor = ValueOf(store_->Cursors(generation_)).at(kWriter);
    EXPECT_EQ(std::ranges::count(cursor, 10U), kPartitions);
}

// ---------------------------------------------------------------- the change feed

/// One row a commit in a series of its own, now slow, now given up. Returns how many it committed.
int64_t WriteSlowly(
    ProcessedStore& store,
    GenerationId generation,
    const Lease& lease,
    DatastreamId id,
    uint32_t seed
) {
    constexpr int64_t kAttempts = 40;
    std::mt19937 random(seed);
    const auto dawdle = [&] {
        if (random() % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{random() % 8});
    };
    int64_t committed = 0;
    for (int64_t i = 0; i < kAttempts; ++i) {
        auto transaction = ValueOf(store.Begin(generation, lease));
        if (!transaction) return committed;
        EXPECT_THAT(transaction->Lock(std::span(&id, 1)), IsOk());
        EXPECT_THAT(WriteOne(*transaction, id, RowAt(committed, 1)), IsOk());
        dawdle();
        if (random() % 5 == 0) continue;  // destroyed without a commit
        EXPECT_THAT(transaction->Commit(), IsOk());
        ++committed;
    }
    return committed;
}

TEST_P(ProcessedStoreSuite, MissesNoChangeOfWritersThatAreSlowOrGiveUp) {
    constexpr int64_t kWriters = 4;
    ChangeToken token = ValueOf(store_->LatestToken());
    std::atomic<int> writing = kWriters;
    std::vector<int64_t> committed(kWriters);
    std::vector<std::jthread> threads;
    for (int64_t w = 0; w < kWriters; ++w) {
        threads.emplace_back([&, w] {
            const auto index = static_cast<size_t>(w);
            committed[index] = WriteSlowly(
                *store_, generation_, lease_, DatastreamId{w + 1}, static_cast<uint32_t>(w + 1)
            );
            --writing;
        });
    }
    // Each commit is told of by itself, and what it wrote can be read at once.
    std::vector<std::set<Time>> told(kWriters);
    for (bool last_round = false; !last_round;) {
        last_round = writing == 0;
        while (true) {
            const Changes changes = ValueOf(store_->ChangesAfter(token, 1));
            ASSERT_FALSE(changes.reset);
            for (const SeriesChanged& change : changes.series) {
                told.at(static_cast<size_t>(Raw(change.datastream) - 1)).insert(change.range.from);
                EXPECT_EQ(ReadBack({change.datastream, change.range, {}}).size(), 1U);
            }
            if (changes.next == token) break;
            token = changes.next;
        }
    }
    threads.clear();
    for (size_t w = 0; w < committed.size(); ++w)
        EXPECT_EQ(told[w].size(), static_cast<size_t>(committed[w])) << w;
}

/// Commit n puts row n into the series and moves the cursors to n + 1, for ever.
void CommitForEver(
    const ProcessedStoreFactory& factory, const std::string& place, const Report& report
) {
    const ManualClock clock(FromMicros(1'800'000'000'000'000));
    auto store = factory.open(place, clock).value();
    const GenerationId generation = store->Generations().value().front().id;
    const Lease lease = store->AcquireLease("child", kLength).value();
    const auto cursors = store->Cursors(generation).value();
    for (Sequence n = cursors.contains(kWriter) ? cursors.at(kWriter)[0] : 0;; ++n) {
        auto transaction = store->Begin(generation, lease).value();
        if (!transaction->Lock(kBoth) ||
            !WriteOne(*transaction, kMoisture, RowAt(static_cast<int64_t>(n), 1)) ||
            !MoveAll(*transaction, n, n + 1) || !transaction->Commit()) {
            _exit(1);
        }
        report(n + 1);
    }
}

TEST_P(ProcessedStoreSuite, TellsOfEveryCommitOfAWriterThatIsKilled) {
    BeChildIfAsked([](const std::string& place, const Report& report) {
        CommitForEver(GetParam(), place, report);
    });
    constexpr int kKills = 6;
    ASSERT_THAT(store_->ReleaseLease(lease_), IsOk());
    for (int kill = 0; kill < kKills; ++kill) {
        const ChangeToken before = ValueOf(store_->LatestToken());
        store_.reset();
        const uint64_t reported =
            RunAndKill(place_.string(), 3, std::chrono::microseconds{kill * 1733 % 9000});
        ASSERT_NE(reported, 0U);
        clock_.Set(FromMicros(1'800'000'000'000'000 + 2 * kLength.count()));
        Reopen();
        ASSERT_THAT(store_->ReleaseLease(lease_), IsOk());
        const uint64_t stored = ValueOf(store_->Cursors(generation_)).at(kWriter)[0];
        EXPECT_TRUE(stored == reported || stored == reported + 1) << stored << " of " << reported;
        EXPECT_EQ(All(kMoisture).size(), stored);
        const Changes changes = ValueOf(store_->ChangesAfter(before, 10'000));
        if (!changes.reset) {
            ASSERT_EQ(changes.series.size(), 1U);
            EXPECT_GE(changes.series[0].range.to, RowAt(static_cast<int64_t>(stored) - 1, 1).time);
        }
        EXPECT_TRUE(ValueOf(store_->CheckIntegrity()).empty());
    }
}

}  // namespace
}  // namespace tilth
