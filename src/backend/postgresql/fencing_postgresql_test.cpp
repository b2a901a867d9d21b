// Leases by the server's own clock: a takeover from one that died, one that sleeps in the middle of
// a transaction, and the last moment before a commit.
#include "backend/postgresql/leases.h"
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace tilth::postgresql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Long enough for a busy machine: a transaction may be idle for a third of it.
constexpr Duration kShort = seconds{3};

/// Looks now and then, as a processor does; gives how long it took until all partitions were had.
Duration TimeUntilAllAreHeld(ProcessedStore& store, const char* owner, Lease& lease) {
    const auto start = steady_clock::now();
    do {
        std::this_thread::sleep_for(milliseconds{100});
        lease = ValueOf(store.ShareLease(owner, kShort));
    } while (!lease.partitions.all() && steady_clock::now() - start < seconds{20});
    return std::chrono::duration_cast<Duration>(steady_clock::now() - start);
}

TEST(FencingTest, ADeadOnesPartitionsAreTakenSoonAfterItsLease) {
    const std::string url = FreshDatabase();
    ActiveGeneration(*OpenStore(url));
    const auto dying = OpenStore(url, kShort);
    const auto living = OpenStore(url, kShort);
    ASSERT_TRUE(ValueOf(dying->ShareLease("dying", kShort)).partitions.all());
    Lease lease;
    const Duration took = TimeUntilAllAreHeld(*living, "living", lease);
    EXPECT_TRUE(lease.partitions.all());
    EXPECT_GE(took, kShort - seconds{1}) << ToSeconds(took) << " s";
    EXPECT_LT(took, kShort + seconds{5}) << ToSeconds(took) << " s";
    RecordProperty("takeover_ms", std::to_string(took.count() / 1000));
}

TEST(FencingTest, AWriterThatFallsAsleepInATransactionHoldsNobodyUp) {
    const std::string url = FreshDatabase();
    const GenerationId generation = ActiveGeneration(*OpenStore(url));
    const auto sleeper = OpenStore(url, kShort);
    const auto other = OpenStore(url, kShort);
    const Lease before = ValueOf(sleeper->ShareLease("sleeper", kShort));
    auto asleep = ValueOf(sleeper->Begin(generation, before));
    ASSERT_THAT(Put(*asleep, kMoisture, RowAt(1, -1)), IsOk());
    const CursorMove move{AllPartitions(), kWriter, 0, 7};
    ASSERT_THAT(asleep->MoveCursors(std::span(&move, 1)), IsOk());

    Lease after;
    TimeUntilAllAreHeld(*other, "other", after);
    ASSERT_TRUE(after.partitions.all());
    // The same series and cursor: the sleeper's locks are gone with its session.
    auto awake = ValueOf(other->Begin(generation, after));
    ASSERT_THAT(Put(*awake, kMoisture, RowAt(1, 1)), IsOk());
    ASSERT_THAT(awake->MoveCursors(std::span(&move, 1)), IsOk());
    ASSERT_THAT(awake->Commit(), IsOk());

    EXPECT_FALSE(asleep->Commit());
    asleep.reset();
    EXPECT_EQ(ValuesIn(*sleeper, kMoisture), std::vector<double>{1});
    EXPECT_THAT(sleeper->Begin(generation, before), FailsWith(Fault::kConflict));
}

TEST(FencingTest, ATakeoverWaitsForACommitThatHasBeenChecked) {
    const std::string url = FreshDatabase();
    const auto store = OpenStore(url);
    ActiveGeneration(*store);
    const Lease lease = ValueOf(store->AcquireLease("first", kHour));
    Connection committing = Link(url);
    ProcessedOptions options;
    options.url = url;
    const Core core(options);
    committing.Queue("BEGIN");
    committing.Queue(kCheckLease, CheckLeaseParams(core, lease, true));
    ASSERT_THAT(committing.Send(), IsOk());
    auto taken = std::async(std::launch::async, [&] {
        return store->ReleaseLease(lease) ? store->AcquireLease("second", kHour)
                                          : Result<Lease>(Lease{});
    });
    EXPECT_EQ(taken.wait_for(milliseconds{300}), std::future_status::timeout);
    ASSERT_THAT(committing.Execute("COMMIT"), IsOk());
    EXPECT_TRUE(ValueOf(taken.get()).partitions.all());
}

TEST(FencingTest, OwnersThatComeAndGoShareEvenlyWithinAFewRounds) {
    const std::string url = FreshDatabase();
    std::vector<std::unique_ptr<ProcessedStore>> stores;
    for (int i = 0; i < 3; ++i) stores.push_back(OpenStore(url));
    const auto share = [&](int i) {
        return ValueOf(stores[static_cast<size_t>(i)]->ShareLease(fmt::format("p{}", i), kHour));
    };
    EXPECT_TRUE(share(0).partitions.all());
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 3; ++i) share(i);
    }
    PartitionSet all;
    for (int i = 0; i < 3; ++i) {
        const PartitionSet mine = share(i).partitions;
        EXPECT_GE(mine.count(), 85U);
        EXPECT_TRUE((all & mine).none());
        all |= mine;
    }
    EXPECT_TRUE(all.all());
    ASSERT_THAT(stores[1]->ReleaseLease(share(1)), IsOk());
    EXPECT_EQ(share(0).partitions.count() + share(2).partitions.count(), 256U);
}

TEST(FencingTest, TheServersClockCountsAndNotTheProcesss) {
    const std::string url = FreshDatabase();
    const auto store = OpenStore(url);
    ActiveGeneration(*store);
    ValueOf(store->AcquireLease("a", kHour));
    const std::string left = test::Postgresql::Shared().Execute(
        NameIn(url),
        "SELECT until BETWEEN now() + interval '59 min' AND now() + interval '61 min' FROM "
        "tilth.lease"
    );
    EXPECT_EQ(left, "t");
}

}  // namespace
}  // namespace tilth::postgresql
