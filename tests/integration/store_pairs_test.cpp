// Promises 4 and 6 across the pairs: files and servers, one processor and several, give the same
// results, bit for bit.
#include "integration/embedded_stores.h"
#include "integration/server_stores.h"
#include "pipeline/check.h"
#include "pipeline/config_history.h"
#include "pipeline/copy_stream.h"
#include "pipeline/lag.h"
#include "pipeline/pair_check.h"
#include "pipeline/processing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

namespace tilth::pipeline::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr Duration kLease = 3s;

/// A processor as a process of its own would have it.
struct SharedProcessor {
    SharedProcessor(const ServerStores& servers, const std::string& owner, ProcessingMode mode)
        : stores(servers.Open(kLease)) {
        ProcessingOptions options;
        options.owner = owner;
        options.mode = mode;
        options.lease = kLease;
        processing = Sure(Processing::Start(
            *stores.stream,
            *stores.processed,
            clock,
            options,
            [](ChangeToken, std::span<const SeriesChange>) {}
        ));
    }

    OpenStores stores;
    SystemClock clock;
    std::unique_ptr<Processing> processing;
};

void AppendAll(StreamStore& stream, std::span<const RawRecord> records) {
    for (const RawRecord& record : records) {
        const RawRecordView view = record.View();
        Sure(stream.Append({&view, 1}));
    }
}

void AppendSite(StreamStore& stream, int32_t version, const std::string& text) {
    const ConfigChange change{ConfigVersion{version}, "test", "test", text};
    Sure(AppendChange(stream, FromMicros(version), RecordKind::kConfig, "config", Encode(change)));
}

std::optional<Generation> ActiveOf(ProcessedStore& store) {
    const std::vector<Generation> generations = Sure(store.Generations());
    const auto active =
        std::ranges::find(generations, GenerationState::kActive, &Generation::state);
    if (active == generations.end()) return std::nullopt;
    return *active;
}

/// Waits until the results of that version are active and complete.
Generation WaitForResults(OpenStores& stores, ConfigVersion version) {
    const auto limit = std::chrono::steady_clock::now() + 90s;
    while (std::chrono::steady_clock::now() < limit) {
        const std::optional<Generation> active = ActiveOf(*stores.processed);
        if (active && active->config == version &&
            Sure(MeasureLag(*stores.stream, *stores.processed)).most == 0 &&
            Sure(stores.processed->DirtyRanges(active->id, AllPartitions())).empty()) {
            return *active;
        }
        std::this_thread::sleep_for(20ms);
    }
    throw std::runtime_error("the results did not get complete");
}

/// What one processor makes of the same records on files.
struct Expected {
    Expected(std::span<const RawRecord> records, const ProcessingConfig& config) {
        Sure(stores.stream().OpenWriter("test"));
        AppendAll(stores.stream(), records);
        generation = Sure(stores.processed().CreateGeneration(ConfigVersion{1}, "test", Time{}));
        const Lease lease = Sure(stores.processed().AcquireLease("test", std::chrono::hours{1}));
        const auto processor =
            Sure(Processor::Open(stores.stream(), stores.processed(), generation, config, lease));
        Sure(ProcessAll(*processor, {20'000, 200'000}));
    }

    EmbeddedStores stores;
    GenerationId generation{};
};

TEST(StorePairsTest, FilesAndServersGiveTheSameResults) {
    if (!ServerStores::Available()) GTEST_SKIP() << ServerStores::kAbsent;
    for (uint64_t order = 1; order <= 4; ++order) {
        SCOPED_TRACE(order);
        Random random(order * 104'729);
        Way way = RandomWay(random);
        way.most_batch = std::max<size_t>(way.most_batch, 60);
        way.limits.records = std::max<size_t>(way.limits.records, 60);
        way.limits.readings = std::max<size_t>(way.limits.readings, 180);
        const std::vector<RawRecord> records = Arrange(MakeRecords(order), way, random);

        EmbeddedStores files;
        const GenerationId on_files =
            Sure(files.processed().CreateGeneration(ConfigVersion{1}, "test", Time{}));
        Random dice(order);
        Sure(Deliver(files.stream(), files.processed(), on_files, records, way, dice));

        const ServerStores place;
        OpenStores servers = place.Open();
        const GenerationId on_servers =
            Sure(servers.processed->CreateGeneration(ConfigVersion{1}, "test", Time{}));
        dice = Random(order);
        Sure(Deliver(*servers.stream, *servers.processed, on_servers, records, way, dice));

        const StoredResults a{files.processed(), on_files};
        const StoredResults b{*servers.processed, on_servers};
        EXPECT_THAT(Sure(CompareResults(a, b, 5)), IsEmpty());
        EXPECT_THAT(Sure(CompareResults(b, a, 5)), IsEmpty());
        EXPECT_EQ(Results(files.processed(), on_files), Results(*servers.processed, on_servers));
    }
}

TEST(StorePairsTest, ResultsThatAreAheadOfAnOlderStreamAreRefused) {
    Random random(9);
    const std::vector<RawRecord> records = Arrange(MakeRecords(3), {}, random);
    Expected lab(records, MadeConfig());
    Sure(lab.stores.processed().ActivateGeneration(lab.generation));
    Sure(CheckPair(lab.stores.stream(), lab.stores.processed()));
    EmbeddedStores older;
    Sure(older.stream().OpenWriter("test"));
    AppendAll(older.stream(), std::span(records).first(records.size() / 2));
    const Status refused = CheckPair(older.stream(), lab.stores.processed());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::kConflict);
}

TEST(StorePairsTest, AStreamMovesToTheServersAndBackUnchanged) {
    if (!ServerStores::Available()) GTEST_SKIP() << ServerStores::kAbsent;
    Random random(9);
    const Way way;
    const std::vector<RawRecord> records = Arrange(MakeRecords(3), way, random);
    const std::span<const RawRecord> all(records);
    EmbeddedStores laptop;
    Sure(laptop.stream().OpenWriter("route/test"));
    AppendAll(laptop.stream(), all.first(all.size() / 2));
    const ServerStores place;
    OpenStores cluster = place.Open();
    const CopyReport half = Sure(CopyStream(laptop.stream(), *cluster.stream, false, {}));
    EXPECT_EQ(half.copied, all.size() / 2);

    // What has come since is added; a copy that is there is only compared.
    AppendAll(laptop.stream(), all.subspan(all.size() / 2));
    const CopyReport moved = Sure(CopyStream(laptop.stream(), *cluster.stream, true, {}));
    EXPECT_EQ(moved.copied, all.size() - all.size() / 2);
    EXPECT_EQ(moved.records, all.size());
    EXPECT_TRUE(Sure(cluster.stream->Writers()).front().ended);
    EXPECT_EQ(Sure(CopyStream(laptop.stream(), *cluster.stream, true, {})).copied, 0U);

    EmbeddedStores back;
    EXPECT_EQ(Sure(CopyStream(*cluster.stream, back.stream(), true, {})).digest, moved.digest);
    EmbeddedStores other;
    Sure(other.stream().OpenWriter("somebody else"));
    EXPECT_FALSE(CopyStream(*cluster.stream, other.stream(), true, {}).has_value());
}

TEST(StorePairsTest, ProcessorsThatComeAndGoGiveTheResultsOfOne) {
    if (!ServerStores::Available()) GTEST_SKIP() << ServerStores::kAbsent;
    Random random(3);
    Way way;
    way.order = Way::kALittleLate;
    const std::vector<RawRecord> records = Arrange(MakeRecords(2), way, random);
    const std::span<const RawRecord> all(records);
    const size_t third = records.size() / 3;

    const ServerStores place;
    OpenStores router = place.Open(kLease);
    Sure(router.stream->OpenWriter("test"));
    AppendSite(*router.stream, 1, kMadeSite);
    std::vector<std::unique_ptr<SharedProcessor>> processors;
    for (const char* owner : {"a", "b"}) {
        processors.push_back(
            std::make_unique<SharedProcessor>(place, owner, ProcessingMode::kShared)
        );
    }
    AppendAll(*router.stream, all.first(third));
    processors.push_back(std::make_unique<SharedProcessor>(place, "c", ProcessingMode::kShared));
    AppendAll(*router.stream, all.subspan(third, third));
    processors.erase(processors.begin());
    AppendAll(*router.stream, all.subspan(2 * third));
    const Generation active = WaitForResults(router, ConfigVersion{1});

    Expected expected(records, MadeConfig());
    const StoredResults a{expected.stores.processed(), expected.generation};
    const StoredResults b{*router.processed, active.id};
    EXPECT_THAT(Sure(CompareResults(a, b, 5)), IsEmpty());
    EXPECT_THAT(Sure(CompareResults(b, a, 5)), IsEmpty());

    // A process that only watches asks for the next version; those that share the work build it.
    const SharedProcessor watching(place, "d", ProcessingMode::kWatching);
    AppendSite(*router.stream, 2, std::string(kMadeSite) + "\n# the same again\n");
    Sure(watching.processing->Build(ConfigVersion{2}, "config 2"));
    const Generation next = WaitForResults(router, ConfigVersion{2});
    EXPECT_NE(next.id, active.id);
    EXPECT_THAT(Sure(CompareResults(a, {*router.processed, next.id}, 5)), IsEmpty());
}

}  // namespace
}  // namespace tilth::pipeline::testing
