#include "pipeline/lag.h"

#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gtest/gtest.h>

namespace tilth::pipeline::testing {
namespace {

class LagTest : public ::testing::Test {
  protected:
    void SetUp() override {
        Random order(1);
        records_ = Arrange(MakeRecords(1), {}, order);
        Sure(stream_.OpenWriter("test"));
        for (const RawRecord& record : records_) {
            const RawRecordView view = record.View();
            Sure(stream_.Append({&view, 1}));
        }
    }

    std::vector<RawRecord> records_;
    MemoryStreamStore stream_;
    MemoryProcessedStore processed_;
};

TEST_F(LagTest, IsEverythingBeforeAGenerationIsActive) {
    const Lag lag = Sure(MeasureLag(stream_, processed_));
    EXPECT_EQ(lag.most, records_.back().sequence);
    EXPECT_EQ(lag.oldest, records_.front().received_at);
}

TEST_F(LagTest, EndsWithTheLastRecordAndNamesTheOldestOnTheWay) {
    const GenerationId generation =
        Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", Time{}));
    Sure(processed_.ActivateGeneration(generation));
    const Lease lease = Sure(processed_.AcquireLease("test", std::chrono::seconds{30}));
    auto processor = Sure(Processor::Open(stream_, processed_, generation, MadeConfig(), lease));
    Sure(processor->Step({.records = 10, .readings = 10'000}));
    const Lag on_the_way = Sure(MeasureLag(stream_, processed_));
    EXPECT_EQ(on_the_way.most, records_.back().sequence - records_[9].sequence);
    EXPECT_EQ(on_the_way.oldest, records_[10].received_at);
    Sure(ProcessAll(*processor, {20'000, 200'000}));
    const Lag at_the_end = Sure(MeasureLag(stream_, processed_));
    EXPECT_EQ(at_the_end.most, 0U);
    EXPECT_EQ(at_the_end.oldest, std::nullopt);
}

}  // namespace
}  // namespace tilth::pipeline::testing
