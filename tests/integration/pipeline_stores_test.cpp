// Promises 3 and 4 on the embedded stores themselves: the same results in any order, after
// restarts, and by a replay.
#include "integration/embedded_stores.h"
#include "pipeline/check.h"
#include "pipeline/testing/faulty_processed_store.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gmock/gmock.h>

namespace tilth::pipeline::testing {
namespace {

using ::testing::IsEmpty;

GenerationId NewGeneration(ProcessedStore& store) {
    return Sure(store.CreateGeneration(ConfigVersion{1}, "test", Time{}));
}

std::vector<std::string> InMemory(const std::vector<RawRecord>& records) {
    MemoryStreamStore stream;
    MemoryProcessedStore processed;
    const GenerationId generation = NewGeneration(processed);
    Random random(1);
    const Way at_once;
    Sure(Deliver(stream, processed, generation, Arrange(records, at_once, random), at_once, random)
    );
    return Results(processed, generation);
}

TEST(PipelineStoresTest, GiveTheSameResultsHoweverRecordsCome) {
    for (uint64_t order = 1; order <= 30; ++order) {
        SCOPED_TRACE(order);
        const std::vector<RawRecord> records = MakeRecords(1 + order % 4);
        Random random(order * 7919);
        Way way = RandomWay(random);
        way.most_batch = std::max<size_t>(way.most_batch, 30);
        way.limits.records = std::max<size_t>(way.limits.records, 30);
        way.limits.readings = std::max<size_t>(way.limits.readings, 90);
        EmbeddedStores stores;
        const GenerationId live = NewGeneration(stores.processed());
        Sure(stores.processed().ActivateGeneration(live));
        Sure(Deliver(
            stores.stream(), stores.processed(), live, Arrange(records, way, random), way, random
        ));
        ASSERT_EQ(Results(stores.processed(), live), InMemory(records));

        stores.Reopen();
        const GenerationId again = NewGeneration(stores.processed());
        const Lease lease = Sure(stores.processed().AcquireLease("test", std::chrono::hours{1}));
        const auto replay =
            Sure(Processor::Open(stores.stream(), stores.processed(), again, MadeConfig(), lease));
        Sure(ProcessAll(*replay, {20'000, 200'000}));
        ASSERT_THAT(Sure(CompareGenerations(stores.processed(), live, again, 5)), IsEmpty());
        ASSERT_THAT(Sure(stores.processed().CheckIntegrity()), IsEmpty());
    }
}

TEST(PipelineStoresTest, GoOnAfterAnyFailureWithoutCountingTwice) {
    EmbeddedStores stores;
    Random random(5);
    Way way;
    way.order = Way::kALittleLate;
    Sure(stores.stream().OpenWriter("test"));
    for (const RawRecord& record : Arrange(MakeRecords(1), way, random)) {
        const RawRecordView view = record.View();
        Sure(stores.stream().Append({&view, 1}));
    }
    const std::vector<std::string> expected = InMemory(MakeRecords(1));
    const ProcessingConfig config = MadeConfig();
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(seed);
        const GenerationId generation = NewGeneration(stores.processed());
        Random dice(seed);
        const Lease lease = Sure(stores.processed().AcquireLease("test", std::chrono::hours{1}));
        FaultyProcessedStore store(stores.processed(), [&] {
            if (dice.Below(40) != 0) return Fate::kGood;
            return dice.Below(2) == 0 ? Fate::kBefore : Fate::kAfter;
        });
        for (bool done = false; !done;) {
            auto processor = Processor::Open(stores.stream(), store, generation, config, lease);
            while (processor && !done) {
                const Result<StepReport> report = (*processor)->Step({60, 300});
                if (!report) break;
                done = report->caught_up;
            }
        }
        ASSERT_EQ(Results(stores.processed(), generation), expected);
    }
}

}  // namespace
}  // namespace tilth::pipeline::testing
