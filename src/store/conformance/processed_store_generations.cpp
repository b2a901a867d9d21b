// Generations, the lab's id, and the change feed.
#include "store/conformance/processed_store_suite.h"

#include <atomic>
#include <thread>

namespace tilth {
namespace {

using ::testing::IsEmpty;

TEST_P(ProcessedStoreSuite, BelongsToTheFirstLabThatAsks) {
    EXPECT_THAT(store_->BindLab("lab-1"), IsOk());
    EXPECT_THAT(store_->BindLab("lab-2"), FailsWith(Fault::kConflict));
    Reopen();
    EXPECT_THAT(store_->BindLab("lab-2"), FailsWith(Fault::kConflict));
    EXPECT_THAT(store_->BindLab("lab-1"), IsOk());
}

TEST_P(ProcessedStoreSuite, SaysThatNothingIsActiveBeforeTheFirstActivation) {
    const auto place = place_ / "fresh";
    std::filesystem::create_directory(place);
    auto fresh = ValueOf(GetParam().open(place, clock_));
    ASSERT_NE(fresh, nullptr);
    EXPECT_THAT(ValueOf(fresh->Generations()), IsEmpty());
    EXPECT_THAT(fresh->Things(), FailsWith(Fault::kNotFound));
    EXPECT_THAT(fresh->ActivateGeneration(GenerationId{1}), FailsWith(Fault::kNotFound));
    EXPECT_THAT(fresh->Begin(GenerationId{1}, Lease{}), FailsWith(Fault::kNotFound));
    EXPECT_THAT(fresh->Statistics(), IsOk());
}

TEST_P(ProcessedStoreSuite, BuildsAGenerationBesideTheActiveOne) {
    Replace(kMoisture, TimeRange{}, Rows(0, 3));
    const GenerationId next =
        ValueOf(store_->CreateGeneration(ConfigVersion{2}, "config 2", clock_.Now()));
    EXPECT_NE(next, generation_);
    {
        auto transaction = Begin(next);
        ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, Rows(0, 7)), IsOk());
        const CursorMove move{AllPartitions(), kWriter, 0, 5};
        ASSERT_THAT(transaction->MoveCursors(std::span(&move, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }
    EXPECT_EQ(All(kMoisture).size(), 4U);
    EXPECT_EQ(All(kMoisture, next).size(), 8U);
    EXPECT_THAT(ValueOf(store_->Cursors(generation_)), IsEmpty());
    EXPECT_EQ(ValueOf(store_->Cursors(next)).size(), 1U);
    EXPECT_THAT(store_->DropGeneration(generation_), FailsWith(Fault::kConflict));
    ASSERT_THAT(store_->ActivateGeneration(next), IsOk());
    EXPECT_THAT(store_->ActivateGeneration(next), FailsWith(Fault::kConflict));
    EXPECT_THAT(store_->ActivateGeneration(generation_), FailsWith(Fault::kConflict));
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(All(kMoisture).size(), 8U);
        const auto generations = ValueOf(store_->Generations());
        ASSERT_EQ(generations.size(), 2U);
        EXPECT_EQ(generations[0].state, GenerationState::kRetired);
        EXPECT_EQ(generations[1].state, GenerationState::kActive);
        EXPECT_EQ(generations[1].config, ConfigVersion{2});
        EXPECT_EQ(generations[1].reason, "config 2");
        EXPECT_EQ(generations[1].created_at, clock_.Now());
        Reopen();
    }
    EXPECT_THAT(store_->Begin(generation_, lease_), FailsWith(Fault::kNotFound));
    ASSERT_THAT(store_->DropGeneration(generation_), IsOk());
    Reopen();
    EXPECT_EQ(ValueOf(store_->Generations()).size(), 1U);
    EXPECT_THAT(store_->Things(generation_), FailsWith(Fault::kNotFound));
    EXPECT_EQ(All(kMoisture).size(), 8U);
    const GenerationId third =
        ValueOf(store_->CreateGeneration(ConfigVersion{3}, "", clock_.Now()));
    EXPECT_NE(third, generation_);
    EXPECT_NE(third, next);
    ASSERT_THAT(store_->DropGeneration(third), IsOk());
    EXPECT_THAT(store_->DropGeneration(third), FailsWith(Fault::kNotFound));
}

TEST_P(ProcessedStoreSuite, SwitchesReadersFromOldToNewWithoutAMixture) {
    constexpr int kSwitches = 6;
    Observations rows = Rows(0, 19);
    for (Observation& row : rows) row.value = 0;
    Replace(kMoisture, TimeRange{}, rows);
    std::jthread reader([&](std::stop_token stop) {
        double highest = 0;
        while (!stop.stop_requested()) {
            const Observations seen = All(kMoisture);
            ASSERT_EQ(seen.size(), 20U);
            for (const Observation& row : seen) EXPECT_EQ(row.value, seen[0].value);
            EXPECT_GE(seen[0].value, highest);
            highest = seen[0].value;
            const auto table =
                store_->Sql("SELECT count(DISTINCT value), count(*) FROM observation", {});
            ASSERT_THAT(table, IsOk());
            EXPECT_EQ(table->rows[0][0], "1");
            EXPECT_EQ(table->rows[0][1], "20");
        }
    });
    GenerationId old = generation_;
    for (int i = 1; i <= kSwitches; ++i) {
        const GenerationId next =
            ValueOf(store_->CreateGeneration(ConfigVersion{i}, "", clock_.Now()));
        for (Observation& row : rows) row.value = i;
        auto transaction = Begin(next);
        ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, rows), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
        transaction.reset();
        ASSERT_THAT(store_->ActivateGeneration(next), IsOk());
        ASSERT_THAT(store_->DropGeneration(old), IsOk());
        old = next;
    }
}

TEST_P(ProcessedStoreSuite, FeedsEveryChangeOfTheActiveGeneration) {
    const ChangeToken start = ValueOf(store_->LatestToken());
    EXPECT_THAT(ValueOf(store_->ChangesAfter(start, 100)).series, IsEmpty());
    const ChangeToken first = Replace(kMoisture, Seconds(0, 5), Rows(0, 3));
    Replace(kWarmth, Seconds(2, 4), Rows(2, 2));
    const ChangeToken third = Replace(kMoisture, Seconds(7, 9), Rows(7, 7));
    EXPECT_EQ(ValueOf(store_->LatestToken()), third);

    Changes changes = ValueOf(store_->ChangesAfter(start, 100));
    EXPECT_FALSE(changes.reset);
    EXPECT_EQ(changes.next, third);
    ASSERT_EQ(changes.series.size(), 2U);
    EXPECT_EQ(changes.series[0].datastream, kMoisture);
    EXPECT_EQ(changes.series[0].range, Seconds(0, 9));
    EXPECT_EQ(changes.series[1].range, Seconds(2, 4));

    changes = ValueOf(store_->ChangesAfter(first, 100));
    EXPECT_EQ(changes.series.size(), 2U);
    changes = ValueOf(store_->ChangesAfter(start, 1));
    ASSERT_EQ(changes.series.size(), 1U);
    EXPECT_EQ(changes.next, first);
    EXPECT_THAT(ValueOf(store_->ChangesAfter(third, 100)).series, IsEmpty());
}

TEST_P(ProcessedStoreSuite, DoesNotFeedWhatIsBeingBuilt) {
    const GenerationId next = ValueOf(store_->CreateGeneration(ConfigVersion{2}, "", clock_.Now()));
    const ChangeToken start = ValueOf(store_->LatestToken());
    auto transaction = Begin(next);
    ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, Rows(0, 3)), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    transaction.reset();
    EXPECT_THAT(ValueOf(store_->ChangesAfter(start, 100)).series, IsEmpty());
    ASSERT_THAT(store_->ActivateGeneration(next), IsOk());
    EXPECT_TRUE(ValueOf(store_->ChangesAfter(start, 100)).reset);
    const ChangeToken latest = ValueOf(store_->LatestToken());
    EXPECT_FALSE(ValueOf(store_->ChangesAfter(latest, 100)).reset);
}

TEST_P(ProcessedStoreSuite, ResetsATokenItCannotKnow) {
    const ChangeToken latest = Replace(kMoisture, TimeRange{}, Rows(0, 1));
    EXPECT_TRUE(ValueOf(store_->ChangesAfter(ChangeToken{Raw(latest) + 100}, 10)).reset);
    Reopen();
    EXPECT_EQ(ValueOf(store_->LatestToken()), latest);
    EXPECT_FALSE(ValueOf(store_->ChangesAfter(latest, 10)).reset);
    const Changes from_the_start = ValueOf(store_->ChangesAfter(ChangeToken{0}, 10));
    EXPECT_TRUE(from_the_start.reset || !from_the_start.series.empty());
    EXPECT_GT(Replace(kMoisture, TimeRange{}, Rows(0, 2)), latest);
}

TEST_P(ProcessedStoreSuite, MissesNoChangeWhileOthersWrite) {
    constexpr int kCommits = 80;
    std::atomic<bool> done = false;
    ChangeToken token = ValueOf(store_->LatestToken());
    std::jthread follower([&] {
        size_t rows_seen = 0;
        bool last_round = false;
        while (!last_round) {
            last_round = done;
            const Changes changes = ValueOf(store_->ChangesAfter(token, 2));
            ASSERT_FALSE(changes.reset);
            // What the feed tells of can be read at once.
            for (const SeriesChanged& change : changes.series) {
                const size_t now = All(change.datastream).size();
                EXPECT_GE(now, rows_seen);
                rows_seen = now;
            }
            last_round = last_round && changes.next == token;
            token = changes.next;
        }
        EXPECT_EQ(rows_seen, static_cast<size_t>(kCommits));
    });
    for (int i = 0; i < kCommits; ++i) Replace(kMoisture, Seconds(i, i + 1), Rows(i, i), true);
    done = true;
}

}  // namespace
}  // namespace tilth
