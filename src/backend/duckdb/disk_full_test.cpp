// A disk that is full and has room again: what was committed stands, what was not is tried again,
// and nothing needs a restart.
#include "backend/duckdb/processed_store.h"
#include "store/conformance/checks.h"
#include "support/small_disk.h"

#include <gmock/gmock.h>

#include <functional>

namespace tilth {
namespace {

constexpr int64_t kSeries = 40;
constexpr int64_t kReadings = 100;  ///< Of a series in a commit.
constexpr size_t kDiskBytes = size_t{100} << 20;
constexpr size_t kBallastBytes = size_t{75} << 20;
constexpr WriterId kWriter{1};

Observation RowOf(int64_t series, int64_t index) {
    Observation row;
    row.time = FromMicros(index * 1'000'000);
    row.value = static_cast<double>((index * 7919 + series * 104'729) % 1'000'003) / 7;
    row.raw_value = row.value * 3;
    row.reading_id = static_cast<uint64_t>(index * 0x9E3779B97F4A7C15 + series);
    row.flag = QualityFlag::kGood;
    return row;
}

class DiskFull : public ::testing::Test {
  protected:
    void SetUp() override {
        auto disk = SmallDisk::Mount(kDiskBytes);
        if (!disk) GTEST_SKIP() << disk.error().message;
        disk_ = std::move(*disk);
        ASSERT_THAT(disk_->Fill(kBallastBytes), IsOk());
        store_ = ValueOf(duckdb::OpenProcessedStore(disk_->path() / "processed.duckdb"));
        ASSERT_NE(store_, nullptr);
        lease_ = ValueOf(store_->AcquireLease("test", std::chrono::hours{1}));
        generation_ = ValueOf(store_->CreateGeneration(ConfigVersion{1}, "", Time{}));
        ASSERT_THAT(store_->ActivateGeneration(generation_), IsOk());
    }
    void TearDown() override { store_.reset(); }

    void Reopen() {
        store_.reset();
        store_ = ValueOf(duckdb::OpenProcessedStore(disk_->path() / "processed.duckdb"));
        ASSERT_NE(store_, nullptr);
        lease_ = ValueOf(store_->AcquireLease("test", std::chrono::hours{1}));
    }

    /// Step n adds readings [n, n + 1) * kReadings to every series.
    Status CommitStep(int64_t step) {
        return CommitSteps(step, step + 1, [] {});
    }
    /// Several in one commit, with something that happens before it.
    Status CommitSteps(int64_t from, int64_t to, const std::function<void()>& meanwhile) {
        TILTH_TRY(auto transaction, store_->Begin(generation_, lease_));
        std::vector<std::vector<Observation>> rows(kSeries);
        std::vector<SeriesChange> changes;
        for (int64_t series = 0; series < kSeries; ++series) {
            auto& mine = rows[static_cast<size_t>(series)];
            for (int64_t i = from * kReadings; i < to * kReadings; ++i)
                mine.push_back(RowOf(series, i));
            changes.push_back(
                {DatastreamId{series + 1}, {mine.front().time, Time::max()}, true, mine}
            );
        }
        TILTH_CHECK(transaction->Write(std::span<const SeriesChange>(changes)));
        const CursorMove move{
            AllPartitions(), kWriter, static_cast<Sequence>(from), static_cast<Sequence>(to)};
        TILTH_CHECK(transaction->MoveCursors(std::span(&move, 1)));
        meanwhile();
        TILTH_CHECK(transaction->Commit());
        return {};
    }

    int64_t StepsStored() {
        const auto cursors = ValueOf(store_->Cursors(generation_));
        return cursors.empty() ? 0 : static_cast<int64_t>(cursors.at(kWriter)[0]);
    }

    void ExpectSteps(int64_t steps) {
        EXPECT_EQ(StepsStored(), steps);
        for (int64_t series = 0; series < kSeries; series += 13) {
            int64_t next = 0;
            int64_t wrong = 0;
            const ObservationRequest all{
                .datastream = DatastreamId{series + 1}, .range = {}, .flags = {}};
            const auto compare = [&](std::span<const Observation> rows) {
                for (const Observation& row : rows) wrong += row == RowOf(series, next++) ? 0 : 1;
                return true;
            };
            EXPECT_THAT(store_->ReadObservations(all, compare), IsOk());
            EXPECT_EQ(wrong, 0);
            EXPECT_EQ(next, steps * kReadings);
        }
        EXPECT_THAT(ValueOf(store_->CheckIntegrity()), ::testing::IsEmpty());
    }

    std::unique_ptr<SmallDisk> disk_;
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
};

TEST_F(DiskFull, ACommitSaysSoAndIsDoneOnceThereIsRoom) {
    for (int round = 0; round < 2; ++round) {
        int64_t step = StepsStored();
        Status done;
        for (; (done = CommitStep(step)).has_value(); ++step) ASSERT_LT(step, 3000);
        for (int again = 0; again < 2; ++again) {
            EXPECT_EQ(done.error().fault, Fault::kUnavailable) << done.error().message;
            EXPECT_THAT(done.error().message, ::testing::HasSubstr("No space left"));
            ExpectSteps(step);
            done = CommitStep(step);
            ASSERT_FALSE(done.has_value());
        }
        if (round == 1) Reopen();
        ExpectSteps(step);
        ASSERT_THAT(disk_->Free(), IsOk());
        EXPECT_THAT(CommitStep(step), IsOk());
        ExpectSteps(step + 1);
        ASSERT_THAT(disk_->Fill(std::min(kBallastBytes, disk_->Room() / 2)), IsOk());
    }
}

/// DuckDB writes the whole of what came since the last checkpoint at once, and forgets its tables
/// when that fails.
TEST_F(DiskFull, ACheckpointThatFailsInTheMiddleLosesNothing) {
    ASSERT_THAT(disk_->Free(), IsOk());
    const auto fill = [&] { ASSERT_THAT(disk_->Fill(disk_->Room() - (size_t{1} << 20)), IsOk()); };
    int64_t step = 0;
    for (; step < 30; ++step) ASSERT_THAT(CommitStep(step), IsOk());
    // So many rows that their commit checkpoints.
    const Status failed = CommitSteps(step, step + 20, fill);
    ASSERT_THAT(failed, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(failed.error().message, ::testing::HasSubstr("checkpoint"));
    ExpectSteps(step);
    EXPECT_THAT(CommitSteps(step, step + 20, [] {}), FailsWith(Fault::kUnavailable));
    ExpectSteps(step);
    ASSERT_THAT(disk_->Free(), IsOk());
    EXPECT_THAT(CommitSteps(step, step + 20, [] {}), IsOk());
    ExpectSteps(step + 20);
    Reopen();
    ExpectSteps(step + 20);
}

TEST_F(DiskFull, ABulkThatFindsNoRoomLeavesNothing) {
    ASSERT_THAT(CommitStep(0), IsOk());
    EXPECT_THAT(CommitSteps(1, 400, [] {}), FailsWith(Fault::kUnavailable));
    ExpectSteps(1);
    ASSERT_THAT(disk_->Free(), IsOk());
    EXPECT_THAT(CommitSteps(1, 3, [] {}), IsOk());
    ExpectSteps(3);
    Reopen();
    ExpectSteps(3);
}

}  // namespace
}  // namespace tilth
