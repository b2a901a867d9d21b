// When a process looks after its lease.
#include "pipeline/lease_keeper.h"

#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"

#include <gtest/gtest.h>

#include <thread>

namespace tilth::pipeline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Half of the partitions, until the other half is free.
class SharingStore final : public MemoryProcessedStore {
  public:
    Result<Lease> ShareLease(std::string_view owner, Duration) override {
        Lease lease{std::string(owner), 1, AllPartitions(), others_end};
        if (others_end != Duration::max()) lease.partitions &= AllPartitions() >> 128;
        return lease;
    }
    Duration others_end = Duration::max();
};

class LeaseKeeperTest : public ::testing::Test {
  protected:
    SharingStore store_;
    ProcessingOptions options_{
        .owner = "a", .mode = ProcessingMode::kShared, .lease = seconds{30}, .metrics = nullptr};
    ProcessingReport report_{nullptr};
    LeaseKeeper keeper_{store_, options_, report_};
};

TEST_F(LeaseKeeperTest, HasNothingToDoWhereNoneIsHeld) {
    EXPECT_EQ(keeper_.UntilDue(seconds{1}), seconds{1});
    EXPECT_FALSE(Sure(keeper_.Keep()));
}

TEST_F(LeaseKeeperTest, LooksEveryTwoSecondsWhileTheOthersRenewTheirs) {
    store_.others_end = seconds{20};
    Sure(keeper_.Take());
    EXPECT_GT(keeper_.UntilDue(seconds{10}), seconds{1});
    EXPECT_LE(keeper_.UntilDue(seconds{10}), seconds{2});
}

TEST_F(LeaseKeeperTest, TakesOverAtTheEndOfALeaseThatWasNotRenewed) {
    store_.others_end = milliseconds{30};
    Sure(keeper_.Take());
    EXPECT_EQ(keeper_.lease().partitions.count(), 128U);
    EXPECT_LE(keeper_.UntilDue(seconds{10}), milliseconds{50});
    store_.others_end = Duration::max();
    bool has_changed = false;
    while (!has_changed) {
        std::this_thread::sleep_for(keeper_.UntilDue(seconds{10}));
        has_changed = Sure(keeper_.Keep());
    }
    EXPECT_TRUE(keeper_.lease().partitions.all());
}

}  // namespace
}  // namespace tilth::pipeline::testing
