// A disk that is full and has room again: a batch that found none is appended later, once.
#include "backend/sqlite/stream_store.h"
#include "store/conformance/checks.h"
#include "support/small_disk.h"

#include <gmock/gmock.h>

namespace tilth {
namespace {

constexpr size_t kDiskBytes = size_t{24} << 20;
constexpr size_t kBallastBytes = size_t{12} << 20;
constexpr Sequence kBatch = 500;

RawRecord RecordOf(WriterId writer, Sequence sequence) {
    RawRecord record;
    record.id = "message-" + std::to_string(sequence);
    record.writer = writer;
    record.sequence = sequence;
    record.topic = "field/node-7";
    record.payload = std::string(200, static_cast<char>('a' + sequence % 26));
    record.received_at = FromMicros(static_cast<int64_t>(sequence));
    return record;
}

Result<AppendOutcome> AppendBatch(StreamStore& store, WriterId writer, Sequence first) {
    std::vector<RawRecord> records;
    for (Sequence s = first; s < first + kBatch; ++s) records.push_back(RecordOf(writer, s));
    std::vector<RawRecordView> views;
    for (const RawRecord& record : records) views.push_back(record.View());
    return store.Append(views);
}

void ExpectRecords(StreamStore& store, WriterId writer, Sequence highest) {
    Sequence next = 1;
    ReadRequest request{.writer = writer, .up_to = highest, .limit = SIZE_MAX};
    EXPECT_THAT(
        store.Read(
            request,
            [&](const RawRecordView& record) {
                EXPECT_EQ(record.sequence, next);
                EXPECT_EQ(record.payload, RecordOf(writer, next).payload);
                ++next;
                return !::testing::Test::HasFailure();
            }
        ),
        IsOk()
    );
    EXPECT_EQ(next, highest + 1);
    EXPECT_EQ(ValueOf(store.Writers()).back().highest, highest);
    EXPECT_THAT(ValueOf(store.CheckIntegrity()), ::testing::IsEmpty());
}

TEST(SqliteDiskFull, ABatchIsStoredOnceThereIsRoom) {
    auto disk = SmallDisk::Mount(kDiskBytes);
    if (!disk) GTEST_SKIP() << disk.error().message;
    const std::string path = (*disk)->path() / "stream.sqlite";
    ASSERT_THAT((*disk)->Fill(kBallastBytes), IsOk());
    auto store = ValueOf(sqlite::OpenStreamStore(path));
    ASSERT_NE(store, nullptr);
    const WriterId writer = ValueOf(store->OpenWriter("test"));
    Sequence next = 1;
    Result<AppendOutcome> outcome;
    for (; (outcome = AppendBatch(*store, writer, next)); next += kBatch)
        ASSERT_LT(next, 1'000'000U);
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(outcome.error().fault, Fault::kUnavailable) << outcome.error().message;
        EXPECT_THAT(outcome.error().message, ::testing::HasSubstr("full"));
        outcome = AppendBatch(*store, writer, next);
        ASSERT_FALSE(outcome.has_value());
    }
    ExpectRecords(*store, writer, next - 1);
    ASSERT_THAT((*disk)->Free(), IsOk());
    outcome = AppendBatch(*store, writer, next);
    ASSERT_THAT(outcome, IsOk());
    EXPECT_EQ(outcome->stored, kBatch);
    EXPECT_EQ(outcome->duplicates, 0U);
    ExpectRecords(*store, writer, next + kBatch - 1);
    store.reset();
    store = ValueOf(sqlite::OpenStreamStore(path));
    ExpectRecords(*store, writer, next + kBatch - 1);
    store.reset();
}

}  // namespace
}  // namespace tilth
