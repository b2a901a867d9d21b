#include "pipeline/message_log.h"

#include "model/trace_context.h"
#include "pipeline/processor.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gmock/gmock.h>

namespace tilth::pipeline {
namespace {

using telemetry::Level;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryProcessedStore;
using testing::MemoryStreamStore;
using ::testing::Not;
using ::testing::SizeIs;
using testing::Sure;

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

RawRecord Record(Sequence sequence, std::string payload) {
    RawRecord record;
    record.id = fmt::format("run-{}", sequence);
    record.writer = WriterId{1};
    record.sequence = sequence;
    record.received_at = FromMicros(1'746'080'000'000'000 + static_cast<int64_t>(sequence));
    record.topic = "sensors";
    record.payload = std::move(payload);
    return record;
}

/// A processor that is stepped by hand, and what it logs.
class MessageLogTest : public ::testing::Test {
  protected:
    MessageLogTest() {
        telemetry::SetLogFormat(telemetry::LogFormat::kJson);
        telemetry::SetLogSink([this](std::string_view line) { lines_.emplace_back(line); });
        generation_ = Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", Time{}));
        Sure(processed_.ActivateGeneration(generation_));
        Sure(stream_.OpenWriter("test"));
    }
    ~MessageLogTest() override {
        telemetry::SetLogSink({});
        telemetry::SetLogLevel(Level::kInfo);
        telemetry::SetLogFormat(telemetry::LogFormat::kText);
    }

    void Process(std::initializer_list<RawRecord> records, bool is_live = true) {
        for (const RawRecord& record : records) {
            const RawRecordView view = record.View();
            Sure(stream_.Append({&view, 1}));
        }
        const Lease lease = Sure(processed_.AcquireLease("test", std::chrono::hours{1}));
        ProcessingConfig config;
        config.version = ConfigVersion{1};
        const auto processor =
            Sure(Processor::Open(stream_, processed_, generation_, config, lease));
        const OnCommit on_commit =
            is_live ? [](ChangeToken, std::span<const SeriesChange>) {} : OnCommit{};
        Sure(processor->Step({}, on_commit));
    }

    MemoryStreamStore stream_;
    MemoryProcessedStore processed_;
    GenerationId generation_{};
    std::vector<std::string> lines_;
};

TEST_F(MessageLogTest, AMessageThatIsNotUnderstoodIsNamedWithItsReasonAndItsTrace) {
    RawRecord bad = Record(2, "hello");
    AppendTrace(bad.note, *ParseTraceContext(kParent, ""));
    Process({Record(1, R"({"name": "a", "value": 1})"), bad});
    ASSERT_THAT(lines_, SizeIs(1));
    EXPECT_THAT(
        lines_[0],
        AllOf(
            HasSubstr(R"("level":"info","message":"message not understood","message_id":"run-2")"),
            HasSubstr(R"("record":"1/2","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"),
            HasSubstr(R"("span_id":"00f067aa0ba902b7")"),
            HasSubstr(R"("reason":)")
        )
    );
}

TEST_F(MessageLogTest, AtLevelDebugEachMessageIsNamed) {
    telemetry::SetLogLevel(Level::kDebug);
    Process({Record(1, R"({"name": "a", "value": 1})")});
    EXPECT_THAT(
        lines_,
        Contains(AllOf(
            HasSubstr(R"("message":"message processed","message_id":"run-1","record":"1/1")"),
            HasSubstr(R"("readings":1)")
        ))
    );
}

TEST_F(MessageLogTest, AResultThatALaterMessageRevisesIsNamedByItsOwn) {
    const std::string reading = R"({{"name": "a", "value": {}, "time": "2025-05-01T0{}:00:00Z"}})";
    Process({
        Record(1, fmt::format(fmt::runtime(reading), 20, 1)),
        Record(2, fmt::format(fmt::runtime(reading), 20, 2)),
        Record(3, fmt::format(fmt::runtime(reading), 20, 3)),
        Record(4, fmt::format(fmt::runtime(reading), 20, 4)),
    });
    telemetry::SetLogLevel(Level::kDebug);
    Process({Record(5, fmt::format(fmt::runtime(reading), 21, 2))});
    EXPECT_THAT(
        lines_,
        Contains(AllOf(
            HasSubstr(R"("message":"a result was revised","message_id":"run-2","record":"1/2")"),
            HasSubstr(R"("time":"2025-05-01T02:00:00Z")")
        ))
    );
    EXPECT_THAT(lines_, Not(Contains(HasSubstr(R"(revised","message_id":"run-5")"))));
}

TEST_F(MessageLogTest, ARebuildDoesNotRepeatWhatWasSaid) {
    Process({Record(1, "hello")}, false);
    EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(MessageLogTest, ManyBadMessagesAtOnceDoNotDrownTheLog) {
    for (Sequence sequence = 1; sequence <= 1000; ++sequence) {
        const RawRecord record = Record(sequence, "hello");
        const RawRecordView view = record.View();
        Sure(stream_.Append({&view, 1}));
    }
    Process({});
    EXPECT_THAT(lines_, SizeIs(21));
    EXPECT_THAT(lines_.back(), HasSubstr(R"("records":980)"));
}

}  // namespace
}  // namespace tilth::pipeline
