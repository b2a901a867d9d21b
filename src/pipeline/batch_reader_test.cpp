// What a step takes of the stream, now and ahead of its turn.
#include "pipeline/batch_reader.h"

#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gtest/gtest.h>

#include <atomic>

namespace tilth::pipeline::testing {
namespace {

constexpr StepLimits kTen{10, 1000};

/// Counts what is read, and is away from some read on.
class CountingStream final : public MemoryStreamStore {
  public:
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        if (++reads >= away_from) return Fail(Fault::kUnavailable, "the stream is away");
        return MemoryStreamStore::Read(request, visit);
    }
    std::atomic<int> reads = 0;
    std::atomic<int> away_from = 1000;
};

class BatchReaderTest : public ::testing::Test {
  protected:
    void SetUp() override {
        writer_ = Sure(stream_.OpenWriter("route"));
        generation_ = Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", Time{}));
        cursor_.emplace(Sure(StreamCursor::Load(processed_, generation_, AllPartitions())));
        reader_.emplace(stream_, *cursor_, intake_);
    }
    /// A reading of a device that nobody else has.
    void Append(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            RawRecord record;
            record.id = std::to_string(++last_);
            record.writer = writer_;
            record.sequence = last_;
            record.payload = R"({"name": "a", "value": 1})";
            record.received_at = FromMicros(static_cast<int64_t>(last_));
            const RawRecordView view = record.View();
            Sure(stream_.Append({&view, 1}));
        }
    }

    CountingStream stream_;
    MemoryProcessedStore processed_;
    SiteConfig config_;
    Intake intake_ = Sure(Intake::Make(config_));
    GenerationId generation_{};
    WriterId writer_{};
    Sequence last_ = 0;
    std::optional<StreamCursor> cursor_;
    std::optional<BatchReader> reader_;
};

TEST_F(BatchReaderTest, ReadsTheNextOnesOnceABatchIsJudged) {
    Append(25);
    Batch first = Sure(reader_->Next(kTen, true));
    EXPECT_EQ(first.report.readings, 10U);
    reader_->Judged(first, kTen);
    reader_->Wait();
    EXPECT_EQ(stream_.reads, 2);
    Batch second = Sure(reader_->Next(kTen, true));
    EXPECT_EQ(stream_.reads, 2) << "it was read ahead";
    EXPECT_EQ(second.report.readings, 10U);
    ASSERT_EQ(second.moves.size(), 1U);
    EXPECT_EQ(second.moves[0].expected, 10U);
    EXPECT_EQ(second.moves[0].next, 20U);
}

TEST_F(BatchReaderTest, WhatWasReadAheadNeverSaysThatItCaughtUp) {
    Append(15);
    Batch batch = Sure(reader_->Next(kTen, true));
    EXPECT_FALSE(batch.report.caught_up);
    reader_->Judged(batch, kTen);
    reader_->Wait();
    Append(1);  // Came after the look.
    batch = Sure(reader_->Next(kTen, true));
    EXPECT_EQ(batch.report.readings, 5U);
    EXPECT_FALSE(batch.report.caught_up);
    reader_->Judged(batch, kTen);
    batch = Sure(reader_->Next(kTen, true));
    EXPECT_EQ(batch.report.readings, 1U);
    EXPECT_TRUE(batch.report.caught_up);
}

TEST_F(BatchReaderTest, ReadsNothingAheadOfABatchThatCaughtUp) {
    Append(5);
    Batch batch = Sure(reader_->Next(kTen, true));
    EXPECT_TRUE(batch.report.caught_up);
    reader_->Judged(batch, kTen);
    reader_->Wait();
    EXPECT_EQ(stream_.reads, 1);
}

TEST_F(BatchReaderTest, AStreamThatWentAwayMeanwhileFailsTheNextStepOnly) {
    Append(25);
    Batch batch = Sure(reader_->Next(kTen, true));
    stream_.away_from = 2;
    reader_->Judged(batch, kTen);
    reader_->Wait();
    const Result<Batch> next = reader_->Next(kTen, true);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().fault, Fault::kUnavailable);
}

}  // namespace
}  // namespace tilth::pipeline::testing
