// Replacing rows again and again does not let the file grow.
#include "backend/duckdb/processed_store.h"
#include "base/random.h"
#include "store/conformance/checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tilth {
namespace {

constexpr int64_t kSeries = 100;
constexpr int64_t kReadings = 4 * 7 * 24 * 60 / 10;  // four weeks, one every ten minutes
constexpr int64_t kDay = 24 * 60 / 10;
constexpr WriterId kWriter{1};

Observation ReadingOf(int64_t series, int64_t index, bool provisional) {
    Observation row;
    row.time = FromMicros(index * 600'000'000);
    row.value = static_cast<double>((index * 37 + series * 11) % 1000) / 1000;
    row.raw_value = static_cast<double>((index * 91 + series) % 4096);
    row.reading_id = Mix64(static_cast<uint64_t>(index * kSeries + series));
    row.raw = {kWriter, static_cast<Sequence>(index * kSeries + series + 1), 0};
    row.flag = index % 50 == 7 && !provisional ? QualityFlag::kSuspect : QualityFlag::kGood;
    row.provisional = provisional;
    return row;
}

class Growth : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "tilth_growth_XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    void TearDown() override {
        if (!getenv("KEEPIT")) std::filesystem::remove_all(folder_);
    }

    std::unique_ptr<ProcessedStore> Open(const std::string& name) {
        auto store = ValueOf(duckdb::OpenProcessedStore(folder_ / name));
        lease_ = ValueOf(store->AcquireLease("test", std::chrono::hours{100}));
        if (!ValueOf(store->Generations()).empty()) return store;
        generation_ = ValueOf(store->CreateGeneration(ConfigVersion{1}, "", Time{}));
        EXPECT_THAT(store->ActivateGeneration(generation_), IsOk());
        return store;
    }

    /// One commit that replaces [from, to) of every series; the last two readings are provisional.
    void Commit(ProcessedStore& store, int64_t from, int64_t to, bool tail_only) {
        auto transaction = ValueOf(store.Begin(generation_, lease_));
        std::vector<std::vector<Observation>> rows(kSeries);
        std::vector<SeriesChange> changes;
        for (int64_t s = 0; s < kSeries; ++s) {
            for (int64_t i = from; i < to; ++i) {
                rows[static_cast<size_t>(s)].push_back(ReadingOf(s, i, tail_only && i >= to - 2));
            }
            const TimeRange range{
                FromMicros(from * 600'000'000),
                tail_only ? Time::max() : FromMicros(to * 600'000'000)};
            changes.push_back({DatastreamId{s + 1}, range, tail_only, rows[static_cast<size_t>(s)]}
            );
        }
        ASSERT_THAT(transaction->Write(std::span<const SeriesChange>(changes)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }

    /// Size of the file after it was closed.
    uint64_t SizeOf(const std::string& name) { return std::filesystem::file_size(folder_ / name); }

    std::filesystem::path folder_;
    GenerationId generation_{};
    Lease lease_;
};

TEST_F(Growth, KeepsTheFileBelowOneAndAHalfTimesAFreshImports) {
    {
        auto store = Open("fresh");
        Commit(*store, 0, kReadings, true);
    }
    {
        auto store = Open("lived");
        // Half an hour a commit, each with what was provisional; twice a day two hours come late.
        for (int64_t to = 3; to <= kReadings; to += 3) {
            Commit(*store, std::max<int64_t>(0, to - 5), to, true);
            if (to % (kDay / 2) == 0 && to > kDay) Commit(*store, to - kDay, to - kDay + 12, false);
        }
        EXPECT_LT(SizeOf("lived"), SizeOf("fresh") * 3 / 2);  // beside its log, while it is open
        EXPECT_THAT(ValueOf(store->CheckIntegrity()), ::testing::IsEmpty());
    }
    const double ratio =
        static_cast<double>(SizeOf("lived")) / static_cast<double>(SizeOf("fresh"));
    RecordProperty("ratio", std::to_string(ratio));
    EXPECT_LT(ratio, 1.5) << SizeOf("lived") << " bytes against " << SizeOf("fresh");
}

}  // namespace
}  // namespace tilth
