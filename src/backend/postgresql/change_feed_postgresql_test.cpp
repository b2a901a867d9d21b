// The change feed among transactions that end in another order than they began.
#include "backend/postgresql/change_feed.h"
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>
#include <poll.h>

#include <future>

namespace tilth::postgresql {
namespace {

using std::chrono::milliseconds;

class ChangeFeedTest : public ::testing::Test {
  protected:
    void SetUp() override {
        url_ = FreshDatabase();
        store_ = OpenStore(url_);
        generation_ = ActiveGeneration(*store_);
        lease_ = ValueOf(store_->AcquireLease("tester", kHour));
        start_ = ValueOf(store_->LatestToken());
    }
    std::unique_ptr<ProcessTransaction> Writing(DatastreamId id, int64_t second) {
        auto transaction = ValueOf(store_->Begin(generation_, lease_));
        EXPECT_THAT(Put(*transaction, id, RowAt(second, 1)), IsOk());
        return transaction;
    }
    std::vector<DatastreamId> After(ChangeToken token) {
        std::vector<DatastreamId> ids;
        for (const SeriesChanged& change : ValueOf(store_->ChangesAfter(token, 100)).series)
            ids.push_back(change.datastream);
        return ids;
    }

    std::string url_;
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
    ChangeToken start_{};
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ChangeFeedTest, AWriterThatCommitsLateIsNotMissed) {
    auto late = Writing(kMoisture, 1);
    const ChangeToken early = ValueOf(PutOne(*store_, generation_, lease_, kWarmth, 1));
    // The later number is there, and is held back: a reader that took it would pass the earlier by.
    EXPECT_THAT(After(start_), IsEmpty());
    EXPECT_LT(ValueOf(store_->LatestToken()), early);
    const ChangeToken number_of_late = ValueOf(late->Commit());
    EXPECT_LT(number_of_late, early);
    EXPECT_THAT(After(start_), ElementsAre(kMoisture, kWarmth));
    EXPECT_EQ(ValueOf(store_->LatestToken()), early);
}

TEST_F(ChangeFeedTest, AWriterThatGivesUpHoldsNothingBack) {
    auto late = Writing(kMoisture, 1);
    ValueOf(PutOne(*store_, generation_, lease_, kWarmth, 1));
    EXPECT_THAT(After(start_), IsEmpty());
    late.reset();
    EXPECT_THAT(After(start_), ElementsAre(kWarmth));
}

TEST_F(ChangeFeedTest, EveryServerGivesTheSameAnswerForTheSameToken) {
    const auto other = OpenStore(url_);
    const ChangeToken first = ValueOf(PutOne(*store_, generation_, lease_, kMoisture, 1));
    ValueOf(PutOne(*store_, generation_, lease_, kWarmth, 1));
    for (const ChangeToken token : {start_, first}) {
        const Changes here = ValueOf(store_->ChangesAfter(token, 1));
        const Changes there = ValueOf(other->ChangesAfter(token, 1));
        EXPECT_EQ(here.next, there.next);
        EXPECT_EQ(here.series.size(), there.series.size());
    }
    EXPECT_EQ(ValueOf(store_->LatestToken()), ValueOf(other->LatestToken()));
}

TEST_F(ChangeFeedTest, ASwitchWaitsForTheWritersOfTheNextGeneration) {
    const GenerationId next =
        ValueOf(store_->CreateGeneration(ConfigVersion{2}, "", FromMicros(0)));
    auto writing = ValueOf(store_->Begin(next, lease_));
    ASSERT_THAT(Put(*writing, kMoisture, RowAt(1, 2)), IsOk());
    auto activated =
        std::async(std::launch::async, [&] { return store_->ActivateGeneration(next); });
    EXPECT_EQ(activated.wait_for(milliseconds{300}), std::future_status::timeout);
    ASSERT_THAT(writing->Commit(), IsOk());
    ASSERT_THAT(activated.get(), IsOk());
    EXPECT_EQ(ValuesIn(*store_, kMoisture), std::vector<double>{2});
    const Changes changes = ValueOf(store_->ChangesAfter(start_, 10));
    EXPECT_TRUE(changes.reset);
    EXPECT_FALSE(ValueOf(store_->ChangesAfter(changes.next, 10)).reset);
}

TEST_F(ChangeFeedTest, ATokenOfChangesThatWereForgottenGetsAReset) {
    ProcessedOptions options;
    options.url = url_;
    options.keep_changes = Duration{0};
    Core forgetful(options);
    const ChangeToken last = ValueOf(PutOne(*store_, generation_, lease_, kMoisture, 1));
    for (int i = 0; i < 256; ++i) PruneFeedNowAndThen(forgetful);
    EXPECT_TRUE(ValueOf(store_->ChangesAfter(start_, 10)).reset);
    EXPECT_FALSE(ValueOf(store_->ChangesAfter(last, 10)).reset);
    EXPECT_EQ(ValueOf(store_->LatestToken()), last);
}

TEST_F(ChangeFeedTest, ADatabaseThatWasRestoredElsewhereBeginsAnew) {
    // As from a server whose transactions had higher numbers.
    test::Postgresql::Shared().Execute(
        NameIn(url_),
        "UPDATE tilth.feed SET floor = '999999999999'; INSERT INTO tilth.change (xid, generation,"
        " datastreams, from_times, to_times) VALUES ('999999999999', 1, '{1}', '{now}', '{now}')"
    );
    const auto again = OpenStore(url_);
    const ChangeToken now = ValueOf(again->LatestToken());
    EXPECT_LT(Raw(now), 999999999999U);
    EXPECT_FALSE(ValueOf(again->ChangesAfter(now, 10)).reset);
    EXPECT_TRUE(ValueOf(again->ChangesAfter(ChangeToken{999999999999}, 10)).reset);
    ValueOf(PutOne(*again, generation_, lease_, kMoisture, 1));
    EXPECT_EQ(ValueOf(again->ChangesAfter(now, 10)).series.size(), 1U);
}

TEST_F(ChangeFeedTest, ACommitWakesWhoListens) {
    Connection listener = Link(url_);
    ASSERT_THAT(listener.Execute("LISTEN tilth_change"), IsOk());
    ValueOf(PutOne(*store_, generation_, lease_, kMoisture, 1));
    pollfd socket{PQsocket(listener.handle()), POLLIN, 0};
    ASSERT_EQ(poll(&socket, 1, 10'000), 1);
    PQconsumeInput(listener.handle());
    PGnotify* notice = PQnotifies(listener.handle());
    ASSERT_NE(notice, nullptr);
    EXPECT_STREQ(notice->relname, "tilth_change");
    PQfreemem(notice);
}

}  // namespace
}  // namespace tilth::postgresql
