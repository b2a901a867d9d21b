// Reading: order, filters, limits, while others write.
#include "store/conformance/stream_store_suite.h"

#include <atomic>
#include <thread>

namespace tilth {
namespace {

using ::testing::ElementsAre;

std::vector<Sequence> SequencesOf(const std::vector<RawRecord>& records) {
    std::vector<Sequence> sequences;
    for (const RawRecord& record : records) sequences.push_back(record.sequence);
    return sequences;
}

TEST_P(StreamStoreSuite, ReadsInSequenceOrderWithHoles) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    ASSERT_THAT(Append({Record(writer, 2), Record(writer, 9), Record(writer, 1'000'000)}), IsOk());
    EXPECT_THAT(SequencesOf(ReadAll(writer)), ElementsAre(2, 9, 1'000'000));
}

TEST_P(StreamStoreSuite, ReadsOnlyWhatIsAskedFor) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    const WriterId other = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 20);
    AppendRange(other, 1, 20);
    std::vector<Sequence> seen;
    const Sequence covered = ValueOf(store_->Read(
        {.writer = writer, .after = 5, .up_to = 8},
        [&](const RawRecordView& record) {
            EXPECT_EQ(record.writer, writer);
            seen.push_back(record.sequence);
            return true;
        }
    ));
    EXPECT_THAT(seen, ElementsAre(6, 7, 8));
    EXPECT_EQ(covered, 8U);
}

TEST_P(StreamStoreSuite, FiltersByPartitionAndCoversWhatItPassedOver) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 600);
    PartitionSet some;
    some.set(3);
    some.set(7);
    EXPECT_THAT(SequencesOf(ReadAll(writer, some)), ElementsAre(3, 7, 259, 263, 515, 519));
    EXPECT_THAT(SequencesOf(ReadAll(writer, some, 1)), ElementsAre(3, 7, 259, 263, 515, 519));
    EXPECT_EQ(ReadAll(writer, PartitionSet{}).size(), 0U);
}

TEST_P(StreamStoreSuite, CoversNoMoreThanItVisitedWhenCutShort) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 100);
    size_t visited = 0;
    const auto count = [&](const RawRecordView&) {
        ++visited;
        return true;
    };
    const ReadRequest ten{.writer = writer, .up_to = 100, .limit = 10};
    EXPECT_EQ(ValueOf(store_->Read(ten, count)), 10U);
    EXPECT_EQ(visited, 10U);
    const auto stop_at_four = [](const RawRecordView& record) { return record.sequence < 4; };
    EXPECT_EQ(ValueOf(store_->Read({.writer = writer, .up_to = 100}, stop_at_four)), 4U);
    const ReadRequest none{.writer = writer, .after = 50, .up_to = 100, .limit = 0};
    EXPECT_EQ(ValueOf(store_->Read(none, count)), 50U);
}

TEST_P(StreamStoreSuite, ReadsInStepsOfAnySizeTheSame) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 257);
    for (const size_t limit : {1UZ, 7UZ, 256UZ, 257UZ, 1000UZ}) {
        EXPECT_EQ(ReadAll(writer, AllPartitions(), limit).size(), 257U) << limit;
    }
}

TEST_P(StreamStoreSuite, FindsNothingWhereThereIsNothing) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    EXPECT_THAT(store_->Get(writer, 1), FailsWith(Fault::kNotFound));
    EXPECT_THAT(store_->Get(WriterId{77}, 1), FailsWith(Fault::kNotFound));
    EXPECT_THAT(store_->Get(writer, UINT64_MAX), FailsWith(Fault::kNotFound));
    EXPECT_THAT(store_->GetById("no such id"), FailsWith(Fault::kNotFound));
    EXPECT_TRUE(ReadAll(writer).empty());
    EXPECT_TRUE(ValueOf(store_->Find({.kind = {}, .device = "", .received = {}})).empty());
}

TEST_P(StreamStoreSuite, FindsByTimeDeviceAndKindNewestFirst) {
    const WriterId first = ValueOf(store_->OpenWriter("route/1"));
    const WriterId second = ValueOf(store_->OpenWriter("route/2"));
    AppendRange(first, 1, 9);
    RawRecord flag = Record(second, 4);
    flag.kind = RecordKind::kManualFlag;
    flag.received_at += Duration{1};
    ASSERT_THAT(Append({flag}), IsOk());

    FindRequest request{.kind = {}, .device = "", .received = {}, .limit = 3};
    EXPECT_THAT(SequencesOf(ValueOf(store_->Find(request))), ElementsAre(9, 8, 7));
    request.received = {Record(first, 3).received_at, Record(first, 5).received_at};
    request.limit = 100;
    const auto between = ValueOf(store_->Find(request));
    EXPECT_THAT(SequencesOf(between), ElementsAre(4, 4, 3));
    EXPECT_EQ(between[0].writer, second);
    request.kind = RecordKind::kManualFlag;
    EXPECT_THAT(SequencesOf(ValueOf(store_->Find(request))), ElementsAre(4));
    request = {.kind = RecordKind::kMessage, .device = "node-2", .received = {}, .limit = 100};
    EXPECT_THAT(SequencesOf(ValueOf(store_->Find(request))), ElementsAre(8, 5, 2));
}

TEST_P(StreamStoreSuite, NeverShowsARecordBelowOneItHasShown) {
    constexpr Sequence kBatches = 150;
    constexpr int kReaders = 3;
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    std::atomic<bool> done = false;
    std::vector<std::jthread> readers;
    for (int i = 0; i < kReaders; ++i) {
        readers.emplace_back([&] {
            Sequence covered = 0;
            Sequence seen = 0;
            bool last_round = false;
            while (!last_round) {
                last_round = done;
                const Sequence highest = InfoOf(writer).highest;
                EXPECT_GE(highest, covered);
                const ReadRequest request{.writer = writer, .after = covered, .up_to = highest};
                covered = ValueOf(store_->Read(request, [&](const RawRecordView& record) {
                    EXPECT_EQ(record.sequence, seen + 1);
                    seen = record.sequence;
                    return true;
                }));
                EXPECT_LE(seen, highest);
            }
            EXPECT_EQ(seen, kBatches * 7);
        });
    }
    for (Sequence b = 0; b < kBatches; ++b) AppendRange(writer, b * 7 + 1, b * 7 + 7);
    done = true;
}

TEST_P(StreamStoreSuite, ReadsInsideAVisitWhileItAppends) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 3);
    size_t visited = 0;
    const auto append_more = [&](const RawRecordView& record) {
        ++visited;
        EXPECT_THAT(Append({Record(writer, 100 + record.sequence)}), IsOk());
        EXPECT_THAT(store_->Get(writer, record.sequence), IsOk());
        return true;
    };
    EXPECT_EQ(ValueOf(store_->Read({.writer = writer, .up_to = 3}, append_more)), 3U);
    EXPECT_EQ(visited, 3U);
    EXPECT_EQ(InfoOf(writer).highest, 103U);
}

}  // namespace
}  // namespace tilth
