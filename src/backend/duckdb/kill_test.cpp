// A process killed at any moment leaves the store at a commit: the last acknowledged, or the one
// after it; rows, cursor, provisional flags and dirty ranges agree.
#include "backend/duckdb/processed_store.h"
#include "store/conformance/checks.h"
#include "store/conformance/killed_child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tilth {
namespace {

constexpr int kKills = 24;
constexpr int64_t kSeries = 40;
constexpr WriterId kWriter{1};

Observation RowOf(int64_t step, bool provisional) {
    Observation row;
    row.time = FromMicros(step * 1'000'000);
    row.value = static_cast<double>(step);
    row.reading_id = static_cast<uint64_t>(step);
    row.flag = step % 5 == 3 && !provisional ? QualityFlag::kSuspect : QualityFlag::kGood;
    row.provisional = provisional;
    return row;
}

std::unique_ptr<ProcessedStore> Open(const std::string& place) {
    return ValueOf(duckdb::OpenProcessedStore(place + "/processed.duckdb"));
}

/// Commit n adds reading n to every series and settles reading n - 2.
Status CommitStep(ProcessedStore& store, const Lease& lease, int64_t step) {
    TILTH_TRY(auto transaction, store.Begin(GenerationId{1}, lease));
    std::vector<Observation> rows;
    for (int64_t s = std::max<int64_t>(0, step - 2); s <= step; ++s) {
        rows.push_back(RowOf(s, s > step - 2));
    }
    std::vector<SeriesChange> changes;
    for (int64_t i = 1; i <= kSeries; ++i) {
        changes.push_back({DatastreamId{i}, {rows.front().time, Time::max()}, true, rows});
    }
    TILTH_CHECK(transaction->Write(std::span<const SeriesChange>(changes)));
    const CursorMove move{
        AllPartitions(), kWriter, static_cast<Sequence>(step), static_cast<Sequence>(step) + 1};
    TILTH_CHECK(transaction->MoveCursors(std::span(&move, 1)));
    TILTH_CHECK(transaction->Commit());
    return {};
}

Result<int64_t> StepsIn(ProcessedStore& store) {
    TILTH_TRY(const auto cursors, store.Cursors(GenerationId{1}));
    return cursors.empty() ? 0 : static_cast<int64_t>(cursors.at(kWriter)[0]);
}

void CommitForEver(const std::string& place, const Report& report) {
    auto store = duckdb::OpenProcessedStore(place + "/processed.duckdb").value();
    const Lease lease = store->AcquireLease("child", std::chrono::hours{1}).value();
    for (int64_t step = StepsIn(*store).value();; ++step) {
        if (!CommitStep(*store, lease, step)) _exit(1);
        report(static_cast<uint64_t>(step) + 1);
    }
}

void ExpectStateAfter(ProcessedStore& store, int64_t steps) {
    for (int64_t i = 1; i <= kSeries; i += 13) {
        int64_t next = 0;
        const ObservationRequest all{.datastream = DatastreamId{i}, .range = {}, .flags = {}};
        EXPECT_THAT(
            store.ReadObservations(
                all,
                [&](std::span<const Observation> rows) {
                    for (const Observation& row : rows) {
                        EXPECT_EQ(row, RowOf(next, next > steps - 3)) << next << " of " << steps;
                        ++next;
                    }
                    return true;
                }
            ),
            IsOk()
        );
        EXPECT_EQ(next, steps);
    }
}

TEST(KilledProcessedStore, StandsAtACommit) {
    BeChildIfAsked(CommitForEver);
    std::string name = (std::filesystem::temp_directory_path() / "tilth_kill_XXXXXX").string();
    const std::string place = mkdtemp(name.data());
    {
        auto store = Open(place);
        ASSERT_EQ(ValueOf(store->CreateGeneration(ConfigVersion{1}, "", Time{})), GenerationId{1});
        ASSERT_THAT(store->ActivateGeneration(GenerationId{1}), IsOk());
    }
    for (int kill = 0; kill < kKills; ++kill) {
        const uint64_t last = RunAndKill(
            place,
            1 + static_cast<uint64_t>(kill) % 7,
            std::chrono::microseconds{kill * 1733 % 15000}
        );
        ASSERT_NE(last, 0U);
        auto store = Open(place);
        ASSERT_NE(store, nullptr);
        const auto steps = static_cast<uint64_t>(ValueOf(StepsIn(*store)));
        EXPECT_TRUE(steps == last || steps == last + 1) << steps << " after " << last;
        ExpectStateAfter(*store, static_cast<int64_t>(steps));
        EXPECT_THAT(ValueOf(store->CheckIntegrity()), ::testing::IsEmpty());
    }
    std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace tilth
