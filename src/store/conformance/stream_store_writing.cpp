// Writing: durability, identity, order of sequences.
#include "store/conformance/stream_store_suite.h"

#include <thread>

namespace tilth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_P(StreamStoreSuite, KeepsEveryFieldOfARecordAcrossReopening) {
    const WriterId writer = ValueOf(store_->OpenWriter("route/1"));
    RawRecord record = Record(writer, 7);
    record.kind = RecordKind::kOversized;
    record.qos = 2;
    record.retained = true;
    record.partition = PartitionId{255};
    record.topic = std::string("a\0b\xFF", 4);
    record.payload = std::string("\0\x80\xFE'\"; DROP TABLE record; --", 29);
    record.device = "../../etc/passwd";
    record.note = "length 12, digest \xC3\xA4";
    record.id = std::string("id\0'\"\\", 6);
    ASSERT_THAT(Append({record}), IsOk());
    Reopen();
    const RawRecord read = ValueOf(store_->Get(writer, 7));
    EXPECT_TRUE(SameRecord(read, record));
    EXPECT_TRUE(SameRecord(ValueOf(store_->GetById(record.id)), record));
}

TEST_P(StreamStoreSuite, KeepsItsLabIdAcrossReopening) {
    const std::string id = store_->LabId();
    EXPECT_FALSE(id.empty());
    Reopen();
    EXPECT_EQ(store_->LabId(), id);
}

TEST_P(StreamStoreSuite, GivesEveryStoreALabIdOfItsOwn) {
    const auto other_place = place_ / "other";
    std::filesystem::create_directory(other_place);
    const auto other = ValueOf(GetParam().open(other_place, clock_));
    ASSERT_NE(other, nullptr);
    EXPECT_NE(other->LabId(), store_->LabId());
}

TEST_P(StreamStoreSuite, KnowsItsWritersAcrossReopening) {
    const WriterId first = ValueOf(store_->OpenWriter("route/1"));
    clock_.Advance(std::chrono::seconds{3});
    const WriterId second = ValueOf(store_->OpenWriter("route/1"));
    EXPECT_NE(first, second);
    AppendRange(first, 1, 5);
    EXPECT_THAT(store_->EndWriter(first), IsOk());
    EXPECT_THAT(store_->EndWriter(first), IsOk());
    Reopen();
    const auto writers = ValueOf(store_->Writers());
    ASSERT_EQ(writers.size(), 2U);
    EXPECT_EQ(writers[0].id, first);
    EXPECT_EQ(writers[0].name, "route/1");
    EXPECT_EQ(writers[0].highest, 5U);
    EXPECT_TRUE(writers[0].ended);
    EXPECT_EQ(writers[1].id, second);
    EXPECT_EQ(writers[1].highest, 0U);
    EXPECT_FALSE(writers[1].ended);
    EXPECT_EQ(writers[1].opened_at - writers[0].opened_at, std::chrono::seconds{3});
}

TEST_P(StreamStoreSuite, NeverGivesAWriterIdTwice) {
    const WriterId first = ValueOf(store_->OpenWriter("a"));
    ASSERT_THAT(store_->EndWriter(first), IsOk());
    Reopen();
    EXPECT_NE(ValueOf(store_->OpenWriter("a")), first);
}

TEST_P(StreamStoreSuite, RefusesToEndAWriterThatIsNotThere) {
    EXPECT_THAT(store_->EndWriter(WriterId{999}), FailsWith(Fault::kNotFound));
}

TEST_P(StreamStoreSuite, StoresAnEmptyBatchAsNothing) {
    const AppendOutcome outcome = ValueOf(store_->Append({}));
    EXPECT_EQ(outcome.stored + outcome.duplicates, 0U);
}

TEST_P(StreamStoreSuite, StoresAMessageIdOnceInsideABatch) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    RawRecord twice = Record(writer, 2);
    twice.id = Record(writer, 1).id;
    const AppendOutcome outcome = ValueOf(Append({Record(writer, 1), twice, Record(writer, 3)}));
    EXPECT_EQ(outcome.stored, 2U);
    EXPECT_EQ(outcome.duplicates, 1U);
    EXPECT_THAT(outcome.was_there, ElementsAre(false, true, false));
    EXPECT_EQ(ReadAll(writer).size(), 2U);
    EXPECT_TRUE(SameRecord(ValueOf(store_->GetById(twice.id)), Record(writer, 1)));
}

TEST_P(StreamStoreSuite, StoresAMessageIdOnceAcrossWritersAndReopening) {
    const WriterId first = ValueOf(store_->OpenWriter("route/1"));
    RawRecord original = Record(first, 1);
    original.id = "broker-run/17";
    ASSERT_THAT(Append({original}), IsOk());
    Reopen();
    const WriterId second = ValueOf(store_->OpenWriter("route/2"));
    RawRecord again = Record(second, 1);
    again.id = original.id;
    again.payload = "other bytes under the same id";
    const AppendOutcome outcome = ValueOf(Append({again, Record(second, 2)}));
    EXPECT_EQ(outcome.stored, 1U);
    EXPECT_THAT(outcome.was_there, ElementsAre(true, false));
    EXPECT_TRUE(SameRecord(ValueOf(store_->GetById(original.id)), original));
    EXPECT_THAT(store_->Get(second, 1), FailsWith(Fault::kNotFound));
    EXPECT_EQ(InfoOf(second).highest, 2U);
}

TEST_P(StreamStoreSuite, StoresNothingOfABatchOfDuplicates) {
    const WriterId first = ValueOf(store_->OpenWriter("route/1"));
    AppendRange(first, 1, 3);
    const WriterId second = ValueOf(store_->OpenWriter("route/2"));
    std::vector<RawRecord> again;
    for (Sequence s = 1; s <= 3; ++s) {
        again.push_back(Record(second, s));
        again.back().id = Record(first, s).id;
    }
    const AppendOutcome outcome = ValueOf(Append(again));
    EXPECT_EQ(outcome.duplicates, 3U);
    EXPECT_EQ(InfoOf(second).highest, 0U);
    EXPECT_EQ(ValueOf(store_->Statistics()).records, 3U);
}

TEST_P(StreamStoreSuite, KeepsTheIdOfAnotherWritersPlaceApart) {
    // "2-1" is what a record of writer 2 would be called; it is an id like any other.
    const WriterId first = ValueOf(store_->OpenWriter("a"));
    const WriterId second = ValueOf(store_->OpenWriter("b"));
    RawRecord impostor = Record(first, 1);
    impostor.id = Record(second, 1).id;
    ASSERT_THAT(Append({impostor}), IsOk());
    const AppendOutcome outcome = ValueOf(Append({Record(second, 1)}));
    EXPECT_EQ(outcome.duplicates, 1U);
    EXPECT_TRUE(SameRecord(ValueOf(store_->GetById(impostor.id)), impostor));
}

TEST_P(StreamStoreSuite, RefusesSequencesThatDoNotRise) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 5, 6);
    EXPECT_THAT(Append({Record(writer, 6)}), FailsWith(Fault::kConflict));
    EXPECT_THAT(Append({Record(writer, 3)}), FailsWith(Fault::kConflict));
    EXPECT_THAT(Append({Record(writer, 8), Record(writer, 7)}), FailsWith(Fault::kConflict));
    EXPECT_THAT(Append({Record(writer, 9), Record(writer, 9)}), FailsWith(Fault::kConflict));
    Reopen();
    EXPECT_THAT(Append({Record(writer, 6)}), FailsWith(Fault::kConflict));
    EXPECT_EQ(ReadAll(writer).size(), 2U);
    AppendRange(writer, 7, 7);
}

TEST_P(StreamStoreSuite, StoresAllOrNothingOfABatch) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    EXPECT_THAT(
        Append({Record(writer, 1), Record(writer, 2), Record(writer, 2)}),
        FailsWith(Fault::kConflict)
    );
    EXPECT_EQ(InfoOf(writer).highest, 0U);
    EXPECT_THAT(store_->GetById(Record(writer, 1).id), FailsWith(Fault::kNotFound));
    AppendRange(writer, 1, 2);
}

TEST_P(StreamStoreSuite, NamesTheRecordItCanNeverTake) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    RawRecord bad = Record(writer, 2);
    bad.partition = PartitionId{kPartitions};
    const auto outcome = Append({Record(writer, 1), bad});
    ASSERT_THAT(outcome, FailsWith(Fault::kBadInput));
    EXPECT_THAT(outcome.error().message, HasSubstr("record 1"));
    RawRecord nameless = Record(writer, 1);
    nameless.id.clear();
    EXPECT_THAT(Append({nameless}), FailsWith(Fault::kBadInput));
    EXPECT_THAT(Append({Record(WriterId{12345}, 1)}), FailsWith(Fault::kBadInput));
    EXPECT_EQ(InfoOf(writer).highest, 0U);
}

TEST_P(StreamStoreSuite, TakesNoRecordOfAWriterThatHasEnded) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    ASSERT_THAT(store_->EndWriter(writer), IsOk());
    EXPECT_THAT(Append({Record(writer, 1)}), FailsWith(Fault::kConflict));
}

TEST_P(StreamStoreSuite, KeepsPayloadsFromNothingToTheLargest) {
    const WriterId writer = ValueOf(store_->OpenWriter("import"));
    RawRecord empty = Record(writer, 1);
    empty.payload.clear();
    empty.topic.clear();
    empty.device.clear();
    RawRecord large = Record(writer, 2);
    large.payload.assign(GetParam().largest_payload, '\0');
    for (size_t i = 0; i < large.payload.size(); i += 4099) large.payload[i] = static_cast<char>(i);
    ASSERT_THAT(Append({empty, large}), IsOk());
    Reopen();
    const auto records = ReadAll(writer);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_TRUE(SameRecord(records[0], empty));
    EXPECT_TRUE(SameRecord(records[1], large));
    EXPECT_EQ(ValueOf(store_->Statistics()).payload_bytes, large.payload.size());
}

TEST_P(StreamStoreSuite, KeepsTheFirstAndTheLastMomentThereIs) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    RawRecord first = Record(writer, 1);
    first.received_at = Time::min();
    RawRecord last = Record(writer, 2);
    last.received_at = Time::max();
    ASSERT_THAT(Append({first, last}), IsOk());
    EXPECT_EQ(ValueOf(store_->Get(writer, 1)).received_at, Time::min());
    EXPECT_EQ(ValueOf(store_->Get(writer, 2)).received_at, Time::max());
}

TEST_P(StreamStoreSuite, TakesBatchesOfSeveralWritersAtOnce) {
    constexpr int kWriters = 4;
    constexpr Sequence kBatches = 25;
    std::vector<WriterId> writers;
    for (int i = 0; i < kWriters; ++i) writers.push_back(ValueOf(store_->OpenWriter("route")));
    std::vector<std::jthread> threads;
    for (const WriterId writer : writers) {
        threads.emplace_back([this, writer] {
            for (Sequence b = 0; b < kBatches; ++b) AppendRange(writer, b * 10 + 1, b * 10 + 10);
        });
    }
    threads.clear();
    for (const WriterId writer : writers) EXPECT_EQ(ReadAll(writer).size(), kBatches * 10);
    EXPECT_EQ(ValueOf(store_->Statistics()).records, kWriters * kBatches * 10);
    EXPECT_THAT(ValueOf(store_->CheckIntegrity()), ::testing::IsEmpty());
}

TEST_P(StreamStoreSuite, StoresARacingIdOnce) {
    constexpr Sequence kIds = 200;
    std::vector<WriterId> writers = {
        ValueOf(store_->OpenWriter("a")), ValueOf(store_->OpenWriter("b"))};
    std::vector<std::jthread> threads;
    for (const WriterId writer : writers) {
        threads.emplace_back([this, writer] {
            for (Sequence s = 1; s <= kIds; ++s) {
                RawRecord record = Record(writer, s);
                record.id = fmt::format("shared-{}", s);
                EXPECT_THAT(Append({record}), IsOk());
            }
        });
    }
    threads.clear();
    EXPECT_EQ(ReadAll(writers[0]).size() + ReadAll(writers[1]).size(), kIds);
}

}  // namespace
}  // namespace tilth
