// An archive file gives back what was put into it, or says that it cannot.
#include "store/archive/file_reader.h"
#include "store/archive/file_writer.h"
#include "store/conformance/checks.h"

#include <fstream>
#include <sstream>

namespace tilth::archive {
namespace {

using ::testing::HasSubstr;

constexpr WriterId kWriter{7};

class ArchiveFileTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "tilth_file_XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static RawRecord Record(Sequence sequence) {
        RawRecord record;
        record.id = fmt::format("run-{:010x}", 1'000'000 - sequence);
        record.writer = kWriter;
        record.sequence = sequence;
        record.partition = PartitionId{static_cast<uint16_t>(sequence % kPartitions)};
        record.qos = sequence % 3;
        record.retained = sequence % 2 == 0;
        record.received_at = FromMicros(static_cast<int64_t>(sequence) * 1000);
        record.topic = "field/node";
        record.payload = fmt::format("{{\"value\": {}}}", sequence);
        record.device = fmt::format("node-{}", sequence % 3);
        return record;
    }
    ArchivedRange Write(const std::vector<RawRecord>& records) {
        FileWriter writer = Sure(FileWriter::Create(folder_, "lab", kWriter));
        for (const RawRecord& record : records) EXPECT_THAT(writer.Add(record.View()), IsOk());
        return ValueOf(writer.Finish());
    }
    template <class T>
    static T Sure(Result<T> result) {
        EXPECT_THAT(result, IsOk());
        return std::move(*result);
    }
    std::filesystem::path PathOf(const ArchivedRange& range) const { return folder_ / range.file; }
    FileReader Open(const ArchivedRange& range) { return Sure(FileReader::Open(PathOf(range))); }

    static std::string Contents(const std::filesystem::path& path) {
        return (std::ostringstream{} << std::ifstream(path, std::ios::binary).rdbuf()).str();
    }
    static void Replace(const std::filesystem::path& path, const std::string& contents) {
        std::ofstream(path, std::ios::binary) << contents;
    }
    Status OpenAndVerify(const ArchivedRange& range) {
        TILTH_TRY(const FileReader reader, FileReader::Open(PathOf(range)));
        return reader.Verify(range);
    }

    std::filesystem::path folder_;
};

TEST_F(ArchiveFileTest, KeepsEveryFieldOfEveryRecord) {
    RawRecord strange = Record(3);
    strange.id = std::string("id\0\xFF'", 5);
    strange.kind = RecordKind::kOversized;
    strange.topic = std::string("a\0b", 3);
    strange.payload.clear();
    strange.note = "length 12";
    strange.received_at = Time::min();
    RawRecord last = Record(Sequence{1} << 40);
    last.received_at = Time::max();
    last.payload.assign(size_t{13} << 20, 'x');
    const std::vector<RawRecord> records = {Record(1), strange, last};
    const ArchivedRange range = Write(records);
    EXPECT_THAT(OpenAndVerify(range), IsOk());
    const FileReader reader = Open(range);
    for (const RawRecord& record : records) {
        const RawRecord read = ValueOf(reader.Get(record.sequence));
        EXPECT_EQ(read.id, record.id);
        EXPECT_EQ(read.kind, record.kind);
        EXPECT_EQ(read.partition, record.partition);
        EXPECT_EQ(read.qos, record.qos);
        EXPECT_EQ(read.retained, record.retained);
        EXPECT_EQ(read.received_at, record.received_at);
        EXPECT_EQ(read.topic, record.topic);
        EXPECT_TRUE(read.payload == record.payload);
        EXPECT_EQ(read.device, record.device);
        EXPECT_EQ(read.note, record.note);
        EXPECT_EQ(ValueOf(reader.FindId(record.id)), record.sequence);
    }
    EXPECT_EQ(range.received_first, Time::min());
    EXPECT_EQ(range.received_last, Time::max());
    EXPECT_EQ(range.kinds, 0b110U);
    EXPECT_THAT(reader.Get(2), FailsWith(Fault::kNotFound));
    EXPECT_EQ(ValueOf(reader.FindId("run-")), std::nullopt);
    EXPECT_EQ(ValueOf(reader.FindId("zebra")), std::nullopt);
}

TEST_F(ArchiveFileTest, ReadsAnyRangeOfManyFrames) {
    std::vector<RawRecord> records;
    for (Sequence s = 1; s <= 30'000; ++s) records.push_back(Record(s * 2));
    const ArchivedRange range = Write(records);
    const FileReader reader = Open(range);
    ASSERT_GT(reader.index().records.size(), 2U);
    ASSERT_GT(reader.index().ids.size(), 2U);
    ReadRequest request{.after = 20'001, .up_to = 40'000};
    request.partitions.reset().set(4).set(6);
    Sequence before = request.after;
    size_t visited = 0;
    const auto visit = [&](const RawRecordView& record) {
        EXPECT_GT(record.sequence, before);
        EXPECT_TRUE(request.partitions.test(Raw(record.partition)));
        EXPECT_EQ(record.payload, Record(record.sequence).payload);
        before = record.sequence;
        ++visited;
        return true;
    };
    EXPECT_EQ(ValueOf(reader.Read(request, visit)), std::nullopt);
    EXPECT_EQ(visited, 2U * 10'000 * 2 / kPartitions);
    request.limit = 5;
    before = request.after;
    EXPECT_EQ(ValueOf(reader.Read(request, visit)), before);
    for (const RawRecord& record : records)
        ASSERT_EQ(ValueOf(reader.FindId(record.id)), record.sequence);
}

TEST_F(ArchiveFileTest, FindsByTimeDeviceAndKindNewestFirst) {
    std::vector<RawRecord> records;
    for (Sequence s = 1; s <= 100; ++s) records.push_back(Record(s));
    records[49].kind = RecordKind::kFileBlock;
    const FileReader reader = Open(Write(records));
    FindRequest request;
    request.received = {FromMicros(11'000), FromMicros(41'000)};
    request.device = "node-1";
    request.limit = 3;
    const auto found = ValueOf(reader.Find(request));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].sequence, 40U);
    EXPECT_EQ(found[1].sequence, 37U);
    FindRequest block;
    block.kind = RecordKind::kFileBlock;
    ASSERT_EQ(ValueOf(reader.Find(block)).size(), 1U);
}

TEST_F(ArchiveFileTest, TheSameRecordsMakeTheSameFile) {
    const std::vector<RawRecord> records = {Record(1), Record(2), Record(9)};
    const ArchivedRange first = Write(records);
    const std::string contents = Contents(PathOf(first));
    const ArchivedRange again = Write(records);
    EXPECT_EQ(first, again);
    EXPECT_EQ(Contents(PathOf(again)), contents);
}

TEST_F(ArchiveFileTest, NoticesEveryChangedByte) {
    const ArchivedRange range = Write({Record(1), Record(2), Record(3)});
    const std::string whole = Contents(PathOf(range));
    for (size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        Replace(PathOf(range), changed);
        const Status status = OpenAndVerify(range);
        ASSERT_THAT(status, FailsWith(Fault::kCorrupt)) << "byte " << at;
        EXPECT_THAT(status.error().message, HasSubstr(range.file));
    }
}

/// A reader that does not read all must never take other bytes for records.
TEST_F(ArchiveFileTest, NeverShowsAChangedRecord) {
    const std::vector<RawRecord> records = {Record(1), Record(2), Record(3)};
    const ArchivedRange range = Write(records);
    const std::string whole = Contents(PathOf(range));
    for (size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] + 1);
        Replace(PathOf(range), changed);
        const Result<FileReader> reader = FileReader::Open(PathOf(range));
        if (!reader) continue;
        for (const RawRecord& record : records) {
            const Result<RawRecord> read = reader->Get(record.sequence);
            if (read) {
                ASSERT_EQ(read->payload, record.payload) << "byte " << at;
                ASSERT_EQ(read->id, record.id) << "byte " << at;
            }
        }
    }
}

TEST_F(ArchiveFileTest, NoticesWhereTheFileIsCutOff) {
    const ArchivedRange range = Write({Record(1), Record(2)});
    const std::string whole = Contents(PathOf(range));
    for (size_t length = 0; length < whole.size(); ++length) {
        Replace(PathOf(range), whole.substr(0, length));
        ASSERT_THAT(OpenAndVerify(range), FailsWith(Fault::kCorrupt)) << length << " bytes";
    }
}

TEST_F(ArchiveFileTest, LeavesNothingBehindWhenItIsNotFinished) {
    {
        FileWriter writer = Sure(FileWriter::Create(folder_, "lab", kWriter));
        EXPECT_THAT(writer.Add(Record(1).View()), IsOk());
        EXPECT_FALSE(std::filesystem::is_empty(folder_));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(ArchiveFileTest, LetsOneProcessIn) {
    const Descriptor lock = Sure(LockFolder(folder_));
    EXPECT_THAT(LockFolder(folder_), FailsWith(Fault::kConflict));
}

}  // namespace
}  // namespace tilth::archive
