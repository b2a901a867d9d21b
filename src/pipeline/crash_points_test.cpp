// Promise 3: whatever call of the store fails, before or after it had its effect, a processor that
// is opened again goes on to the same results, and nothing counts twice.
#include "pipeline/testing/faulty_processed_store.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gtest/gtest.h>

namespace tilth::pipeline::testing {
namespace {

constexpr StepLimits kSteps{25, 120};

/// A stream with all records of a made lab, in an order that makes work.
class CrashPointsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        Random random(3);
        Way way;
        way.order = Way::kALittleLate;
        way.writers = 2;
        for (size_t i = 0; i < way.writers; ++i) Sure(stream_.OpenWriter("test"));
        for (const RawRecord& record : Arrange(MakeRecords(2), way, random)) {
            const RawRecordView view = record.View();
            Sure(stream_.Append({&view, 1}));
        }
        expected_ = Run([] { return Fate::kGood; });
    }

    /// Steps to the end; after each failure the processor is thrown away and another one opened.
    std::vector<std::string> Run(const std::function<Fate()>& fate) {
        MemoryProcessedStore inner;
        const GenerationId generation =
            Sure(inner.CreateGeneration(ConfigVersion{1}, "test", Time{}));
        Sure(inner.ActivateGeneration(generation));
        const Lease lease = Sure(inner.AcquireLease("test", {}));
        FaultyProcessedStore store(inner, fate);
        std::unique_ptr<Processor> processor;
        for (bool done = false; !done;) {
            if (processor == nullptr) {
                auto opened = Processor::Open(stream_, store, generation, config_, lease);
                if (!opened) continue;
                processor = std::move(*opened);
            }
            const Result<StepReport> report = processor->Step(kSteps);
            if (!report) processor.reset();
            done = report && report->caught_up;
        }
        dead_letters_ = Sure(inner.DeadLetterCounts());
        manual_flags_ = Sure(inner.ManualFlags({})).size();
        return Results(inner, generation);
    }

    MemoryStreamStore stream_;
    const ProcessingConfig config_ = MadeConfig();
    std::vector<std::string> expected_;
    std::map<std::string, uint64_t> dead_letters_;
    size_t manual_flags_ = 0;
};

TEST_F(CrashPointsTest, AnyCallMayFailOnce) {
    const auto dead_letters = dead_letters_;
    const size_t manual_flags = manual_flags_;
    ASSERT_GT(manual_flags, 0U);
    ASSERT_FALSE(dead_letters.empty());
    for (const Fate fate : {Fate::kBefore, Fate::kAfter}) {
        uint64_t calls = 0;
        for (uint64_t at = 1; at == 1 || calls >= at - 1; ++at) {
            calls = 0;
            const auto results = Run([&] { return ++calls == at ? fate : Fate::kGood; });
            ASSERT_EQ(results, expected_) << "call " << at;
            ASSERT_EQ(dead_letters_, dead_letters) << "call " << at;
            ASSERT_EQ(manual_flags_, manual_flags) << "call " << at;
        }
        EXPECT_GT(calls, 60U);
    }
}

TEST_F(CrashPointsTest, CallsMayFailAgainAndAgain) {
    const auto dead_letters = dead_letters_;
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        Random random(seed * 104'729);
        const auto results = Run([&] {
            if (random.Below(60) != 0) return Fate::kGood;
            return random.Below(2) == 0 ? Fate::kBefore : Fate::kAfter;
        });
        ASSERT_EQ(results, expected_) << "seed " << seed;
        ASSERT_EQ(dead_letters_, dead_letters) << "seed " << seed;
    }
}

}  // namespace
}  // namespace tilth::pipeline::testing
