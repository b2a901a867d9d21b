#include "store/conformance/stream_store_suite.h"

#include <unistd.h>

namespace tilth {
namespace {

std::filesystem::path NewFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tilth_stream_XXXXXX").string();
    return mkdtemp(name.data());
}

}  // namespace

bool SameRecord(const RawRecord& a, const RawRecord& b) {
    return a.id == b.id && a.writer == b.writer && a.sequence == b.sequence &&
           a.partition == b.partition && a.kind == b.kind && a.qos == b.qos &&
           a.retained == b.retained && a.received_at == b.received_at && a.topic == b.topic &&
           a.payload == b.payload && a.device == b.device && a.note == b.note;
}

void StreamStoreSuite::SetUp() {
    if (!GetParam().absent.empty()) GTEST_SKIP() << GetParam().absent;
    place_ = NewFolder();
    store_ = ValueOf(GetParam().open(place_, clock_));
    ASSERT_NE(store_, nullptr);
}

void StreamStoreSuite::TearDown() {
    store_.reset();
    if (!place_.empty()) std::filesystem::remove_all(place_);
}

void StreamStoreSuite::Reopen() {
    store_.reset();
    store_ = ValueOf(GetParam().open(place_, clock_));
    ASSERT_NE(store_, nullptr);
}

RawRecord StreamStoreSuite::Record(WriterId writer, Sequence sequence) {
    RawRecord record;
    record.id = fmt::format("{}-{}", Raw(writer), sequence);
    record.writer = writer;
    record.sequence = sequence;
    record.partition = PartitionId{static_cast<uint16_t>(sequence % kPartitions)};
    record.qos = 1;
    record.received_at = FromMicros(1'000'000 + static_cast<int64_t>(sequence) * 1000);
    record.topic = "field/node";
    record.payload = fmt::format("{{\"value\": {}}}", sequence);
    record.device = fmt::format("node-{}", sequence % 3);
    return record;
}

Result<AppendOutcome> StreamStoreSuite::Append(const std::vector<RawRecord>& records) {
    std::vector<RawRecordView> views;
    for (const RawRecord& record : records) views.push_back(record.View());
    return store_->Append(views);
}

void StreamStoreSuite::AppendRange(WriterId writer, Sequence first, Sequence last) {
    std::vector<RawRecord> records;
    for (Sequence sequence = first; sequence <= last; ++sequence) {
        records.push_back(Record(writer, sequence));
    }
    const AppendOutcome outcome = ValueOf(Append(records));
    EXPECT_EQ(outcome.stored, records.size());
}

std::vector<RawRecord> StreamStoreSuite::ReadAll(
    WriterId writer, const PartitionSet& partitions, size_t limit
) {
    std::vector<RawRecord> records;
    ReadRequest request{
        .writer = writer,
        .partitions = partitions,
        .after = 0,
        .up_to = InfoOf(writer).highest,
        .limit = limit,
    };
    while (request.after < request.up_to) {
        const auto covered = store_->Read(request, [&](const RawRecordView& view) {
            records.emplace_back(view);
            return true;
        });
        EXPECT_THAT(covered, IsOk());
        if (!covered || *covered <= request.after) break;
        request.after = *covered;
    }
    EXPECT_EQ(request.after, request.up_to);
    return records;
}

WriterInfo StreamStoreSuite::InfoOf(WriterId writer) {
    for (const WriterInfo& info : ValueOf(store_->Writers())) {
        if (info.id == writer) return info;
    }
    ADD_FAILURE() << "no writer " << Raw(writer);
    return {};
}

}  // namespace tilth
