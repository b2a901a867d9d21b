// Versions of series: what processes that share a lab know changes by.
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

namespace tilth::postgresql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class VersionsTest : public ::testing::Test {
  protected:
    VersionsTest() : store_(OpenStore(FreshDatabase())) {
        generation_ = ActiveGeneration(*store_);
        lease_ = ValueOf(store_->AcquireLease("test", kHour));
    }
    uint64_t Locked(DatastreamId id) {
        const auto transaction = ValueOf(store_->Begin(generation_, lease_));
        return ValueOf(transaction->Lock(std::span(&id, 1))).front();
    }
    void Touch(DatastreamId id) {
        const auto transaction = ValueOf(store_->Begin(generation_, lease_));
        ASSERT_THAT(transaction->Lock(std::span(&id, 1)), IsOk());
        ASSERT_THAT(transaction->Touch(std::span(&id, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }

    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
};

TEST_F(VersionsTest, TheyAreThoseThatALockReturns) {
    EXPECT_THAT(ValueOf(store_->Versions(generation_)), IsEmpty());
    ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 1), IsOk());
    ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 2), IsOk());
    EXPECT_THAT(
        ValueOf(store_->Versions(generation_)), ElementsAre(Pair(kMoisture, Locked(kMoisture)))
    );
}

TEST_F(VersionsTest, ATouchRaisesAVersionAndReadersSeeNothing) {
    ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 1), IsOk());
    const uint64_t before = Locked(kMoisture);
    const ChangeToken token = ValueOf(store_->LatestToken());
    Touch(kMoisture);
    Touch(kWarmth);  // nobody has written it yet
    EXPECT_EQ(Locked(kMoisture), before + 1);
    EXPECT_EQ(ValueOf(store_->Versions(generation_)).size(), 2U);
    EXPECT_THAT(ValueOf(store_->ChangesAfter(token, 10)).series, IsEmpty());
    EXPECT_EQ(ValuesIn(*store_, kMoisture), std::vector<double>{1});
}

}  // namespace
}  // namespace tilth::postgresql
