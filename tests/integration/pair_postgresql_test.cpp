// Promise 6 for the processed store: the same data gives the same answers to every question, bit
// for bit, on DuckDB and on PostgreSQL; made changes through the contract, a made lab and real
// files through processing.
#include "backend/postgresql/processed_store.h"
#include "integration/answers.h"
#include "integration/embedded_stores.h"
#include "pipeline/config_history.h"
#include "pipeline/import.h"
#include "store/conformance/checks.h"
#include "support/postgresql.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace tilth {
namespace {

using pipeline::testing::Sure;

std::unique_ptr<ProcessedStore> OpenOnServer(const std::string& name) {
    postgresql::ProcessedOptions options;
    options.url = test::Postgresql::Shared().Database(name);
    return Sure(postgresql::OpenProcessedStore(options));
}

std::string NameOfThisTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    return fmt::format("{}.{}", test->test_suite_name(), test->name());
}

// ---------------------------------------------------------------- made changes

/// The same changes for whoever asks with the same seed.
class Changes {
  public:
    explicit Changes(uint64_t seed) : random_(seed) {}

    Status Apply(ProcessTransaction& transaction) {
        const std::vector<DatastreamId> ids = {
            DatastreamId{11}, DatastreamId{12}, DatastreamId{13}};
        TILTH_CHECK(transaction.Lock(ids));
        TILTH_CHECK(Register(transaction));
        for (const DatastreamId id : ids) {
            if (random_.Below(3) != 0) TILTH_CHECK(Rows(transaction, id));
            if (random_.Below(3) == 0) TILTH_CHECK(Rollups(transaction, id));
            if (random_.Below(3) == 0) TILTH_CHECK(Folds(transaction, id));
        }
        const DirtyRange dirty{ids[random_.Below(3)], RandomRange(), 0, PartitionId{7}};
        TILTH_CHECK(transaction.AddDirty(std::span(&dirty, 1)));
        const CursorMove move{AllPartitions(), WriterId{1}, step_, step_ + 1};
        TILTH_CHECK(transaction.MoveCursors(std::span(&move, 1)));
        ++step_;
        return {};
    }

  private:
    TimeRange RandomRange() {
        const auto from = static_cast<int64_t>(random_.Below(3'000));
        const auto length = 1 + static_cast<int64_t>(random_.Below(300));
        return {At(from), At(from + length)};
    }
    /// Over several months, before and after 1990.
    static Time At(int64_t step) { return FromMicros(step * 900'000'000 + 628'000'000'000'000); }

    Status Register(ProcessTransaction& transaction) {
        if (step_ % 5 != 0) return {};
        Thing thing;
        thing.name = "n\xC3\xB6" + std::to_string(random_.Below(2));
        thing.description = std::to_string(random_.Below(4));
        thing.location.latitude = random_.Uniform(-90, 90);
        std::vector<Datastream> datastreams;
        for (const int64_t id : {11, 12, 13}) {
            Datastream& datastream = datastreams.emplace_back();
            datastream.id = DatastreamId{id};
            datastream.name = fmt::format("node/{}", id);
            datastream.thing = thing.name;
            datastream.depth = id == 12 ? std::nullopt : std::optional(random_.Uniform());
            datastream.cadence = std::chrono::minutes{15};
        }
        return transaction.Register(std::span(&thing, 1), datastreams);
    }

    Status Rows(ProcessTransaction& transaction, DatastreamId id) {
        const TimeRange range = RandomRange();
        std::vector<Observation> rows;
        for (Time time = range.from; time < range.to; time += std::chrono::minutes{15}) {
            if (random_.Below(4) == 0) continue;
            Observation& row = rows.emplace_back();
            row.time = time;
            row.value = random_.Below(9) == 0 ? std::nan("") : random_.Normal();
            row.raw_value = random_.Normal() * 1e-300;
            row.reading_id = random_.Next();
            row.raw = {WriterId{1}, random_.Below(1u << 30), static_cast<uint32_t>(random_.Next())};
            row.objected = TestSet(random_.Next() >> 2);
            row.flag = random_.Below(3) == 0 ? QualityFlag::kFail : QualityFlag::kGood;
            row.counts = random_.Below(6) != 0;
            row.provisional = random_.Below(5) == 0;
            row.manual_flag = static_cast<uint32_t>(random_.Next());
        }
        const SeriesChange change{id, range, false, rows};
        return transaction.Write(std::span(&change, 1));
    }

    Status Rollups(ProcessTransaction& transaction, DatastreamId id) {
        const RollupLevel level = random_.Below(2) == 0 ? RollupLevel::kHour : RollupLevel::kDay;
        const TimeRange range{FloorDay(RandomRange().from), FloorDay(RandomRange().to)};
        std::vector<Rollup> rows;
        for (Time time = range.from; time < range.to; time += Length(level)) {
            Rollup& row = rows.emplace_back();
            row.start = time;
            row.count = static_cast<uint32_t>(random_.Next());
            row.mean = random_.Normal();
            row.p50 = random_.Normal();
        }
        const RollupChange change{id, level, range, rows};
        return range.Empty() ? Status{} : transaction.Write(std::span(&change, 1));
    }

    Status Folds(ProcessTransaction& transaction, DatastreamId id) {
        const TimeRange range = RandomRange();
        std::vector<Checkpoint> rows;
        for (int test = 1; test < 4; ++test) {
            if (random_.Below(2) == 0)
                rows.push_back({id, test, range.from, std::to_string(random_.Next())});
        }
        const ProcessTransaction::CheckpointChange change{id, range.from, rows};
        return transaction.Write(std::span(&change, 1));
    }

    Random random_;
    Sequence step_ = 0;
};

TEST(PairTest, TheSameChangesGiveTheSameAnswers) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        EmbeddedStores embedded;
        const auto server = OpenOnServer(fmt::format("{} {}", NameOfThisTest(), seed));
        std::vector<Lines> answers;
        std::vector<Lines> views;
        for (ProcessedStore* store : {&embedded.processed(), server.get()}) {
            const GenerationId generation =
                Sure(store->CreateGeneration(ConfigVersion{1}, "", Time{}));
            Sure(store->ActivateGeneration(generation));
            const Lease lease = Sure(store->AcquireLease("test", std::chrono::hours{1}));
            Changes changes(seed);
            for (int step = 0; step < 60; ++step) {
                const auto transaction = Sure(store->Begin(generation, lease));
                Sure(changes.Apply(*transaction));
                Sure(transaction->Commit());
            }
            answers.push_back(Everything(*store, generation));
            views.push_back(Views(*store));
            EXPECT_THAT(Sure(store->CheckIntegrity()), ::testing::IsEmpty());
        }
        EXPECT_GT(answers[0].size(), 1000U);
        ExpectTheSame(answers[0], answers[1]);
        ExpectTheSame(views[0], views[1]);
    }
}

// ---------------------------------------------------------------- through processing

TEST(PairTest, AMadeLabGivesTheSameResultsInAnyOrder) {
    using namespace pipeline::testing;
    for (uint64_t order = 1; order <= 6; ++order) {
        SCOPED_TRACE(order);
        const std::vector<RawRecord> records = MakeRecords(1 + order % 4);
        std::vector<Lines> answers;
        std::vector<Lines> views;
        for (const bool on_server : {false, true}) {
            Random random(order * 7919);
            Way way = RandomWay(random);
            way.most_batch = std::max<size_t>(way.most_batch, 60);
            way.limits.records = std::max<size_t>(way.limits.records, 60);
            way.limits.readings = std::max<size_t>(way.limits.readings, 180);
            EmbeddedStores stores;
            const auto server =
                on_server ? OpenOnServer(fmt::format("{} {}", NameOfThisTest(), order)) : nullptr;
            ProcessedStore& store = on_server ? *server : stores.processed();
            const GenerationId generation =
                Sure(store.CreateGeneration(ConfigVersion{1}, "", Time{}));
            Sure(store.ActivateGeneration(generation));
            Sure(Deliver(
                stores.stream(), store, generation, Arrange(records, way, random), way, random
            ));
            answers.push_back(Everything(store, generation));
            views.push_back(Views(store));
            EXPECT_THAT(Sure(store.CheckIntegrity()), ::testing::IsEmpty());
        }
        ExpectTheSame(answers[0], answers[1]);
        ExpectTheSame(views[0], views[1]);
    }
}

std::string ReadWhole(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The real files of the data folder, as far as they are there.
std::vector<std::filesystem::path> RealFiles() {
    std::vector<std::filesystem::path> paths;
    const char* const folder = std::getenv("TILTH_TEST_DATA");
    if (folder == nullptr) return paths;
    std::error_code absent;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, absent)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("HBw3C") && name.ends_with("raw_and_processed.csv.gz"))
            paths.push_back(entry.path());
        if (name.ends_with(".stm")) paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
}

TEST(PairTest, RealFilesGiveTheSameResults) {
    const std::vector<std::filesystem::path> files = RealFiles();
    if (files.empty()) GTEST_SKIP() << "TILTH_TEST_DATA has no logger files";
    EmbeddedStores stores;
    const SystemClock clock;
    for (const auto& file : files) {
        pipeline::ImportOptions options;
        options.zone = "UTC";
        const auto imported = pipeline::ImportFile(
            stores.stream(), clock, file.filename().string(), ReadWhole(file), options, {}
        );
        EXPECT_THAT(imported, IsOk()) << file;
    }
    const auto server = OpenOnServer(NameOfThisTest());
    std::vector<Lines> answers;
    for (ProcessedStore* store : {&stores.processed(), server.get()}) {
        const GenerationId generation = Sure(store->CreateGeneration(ConfigVersion{}, "", Time{}));
        Sure(store->ActivateGeneration(generation));
        const Lease lease = Sure(store->AcquireLease("test", std::chrono::hours{1}));
        const auto processor = Sure(pipeline::Processor::Open(
            stores.stream(),
            *store,
            generation,
            Sure(pipeline::LoadConfig(stores.stream(), ConfigVersion{})),
            lease
        ));
        Sure(pipeline::testing::ProcessAll(*processor, {20'000, 200'000}));
        answers.push_back(Everything(*store, generation));
    }
    EXPECT_GT(answers[0].size(), 100'000U);
    ExpectTheSame(answers[0], answers[1]);
}

}  // namespace
}  // namespace tilth
