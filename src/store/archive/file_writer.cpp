#include "store/archive/file_writer.h"

#include "store/archive/file_reader.h"

#include <algorithm>

namespace tilth::archive {
namespace {

/// Large enough to be packed well, small enough to be unpacked for one record.
constexpr size_t kFrameBytes = size_t{512} << 10;
constexpr size_t kIdsAFrame = 4'096;

RawRecordView PlaceOf(const RecordFrame& frame) {
    RawRecordView place;
    place.sequence = frame.last;
    place.received_at = frame.received_last;
    return place;
}

}  // namespace

std::string NameOf(const ArchivedRange& range) {
    return fmt::format(
        "{:06}-{:010}-{:010}-{}.tilth",
        Raw(range.writer),
        range.first,
        range.last,
        range.digest.substr(0, 12)
    );
}

Result<FileWriter> FileWriter::Create(
    const std::filesystem::path& folder, std::string lab_id, WriterId writer
) {
    TILTH_TRY(NewFile file, NewFile::Create(folder));
    TILTH_CHECK(file.Write(kFileMagic));
    FileWriter made(std::move(file), folder);
    made.index_.lab_id = std::move(lab_id);
    made.index_.writer = writer;
    made.range_.writer = writer;
    return made;
}

Status FileWriter::Add(const RawRecordView& record) {
    const size_t before = plain_.size();
    AppendRecord(plain_, record, count_ == 0 ? RawRecordView{} : PlaceOf(frame_));
    plain_bytes_ += plain_.size() - before;
    if (plain_.size() > kMostFrameBytes) {
        return Fail(
            Fault::kBadInput,
            "record {} of writer {} is too large for an archive file",
            record.sequence,
            Raw(record.writer)
        );
    }
    Note(record);
    return plain_.size() >= kFrameBytes ? WriteRecords() : Status{};
}

/// Keeps what the index and the entry say of the record.
void FileWriter::Note(const RawRecordView& record) {
    if (count_++ == 0) {
        frame_.first = record.sequence;
        frame_.received_first = record.received_at;
        frame_.received_last = record.received_at;
    }
    frame_.last = record.sequence;
    frame_.received_first = std::min(frame_.received_first, record.received_at);
    frame_.received_last = record.received_at;
    if (range_.records++ == 0) {
        range_.first = record.sequence;
        range_.received_first = record.received_at;
        range_.received_last = record.received_at;
    }
    range_.last = record.sequence;
    range_.received_first = std::min(range_.received_first, record.received_at);
    range_.received_last = std::max(range_.received_last, record.received_at);
    range_.payload_bytes += record.payload.size();
    range_.kinds |= uint32_t{1} << static_cast<unsigned>(record.kind);
    ids_.emplace_back(record.id, record.sequence);
}

Status FileWriter::WriteRecords() {
    if (count_ == 0) return {};
    frame_.offset = file_.size();
    TILTH_CHECK(file_.Write(PackFrame(FrameKind::kRecords, plain_, count_)));
    index_.records.push_back(frame_);
    plain_.clear();
    count_ = 0;
    return {};
}

Status FileWriter::WriteIds() {
    std::ranges::sort(ids_);
    range_.lowest_id = ids_.front().first;
    range_.highest_id = ids_.back().first;
    for (size_t from = 0; from < ids_.size(); from += kIdsAFrame) {
        const size_t to = std::min(from + kIdsAFrame, ids_.size());
        std::string plain;
        for (size_t i = from; i < to; ++i) AppendId(plain, {ids_[i].first, ids_[i].second});
        index_.ids.push_back({file_.size(), ids_[from].first});
        TILTH_CHECK(file_.Write(PackFrame(FrameKind::kIds, plain, static_cast<uint32_t>(to - from)))
        );
    }
    return {};
}

Status FileWriter::WriteIndex() {
    std::string trailer;
    for (uint64_t at = file_.size(), i = 0; i < 8; ++i)
        trailer += static_cast<char>(at >> (8 * i) & 0xff);
    TILTH_CHECK(file_.Write(PackFrame(FrameKind::kIndex, EncodeIndex(index_), 1)));
    return file_.Write(trailer.append(kEndMagic));
}

Result<ArchivedRange> FileWriter::Finish() {
    TILTH_CHECK(WriteRecords());
    TILTH_CHECK(WriteIds());
    TILTH_CHECK(WriteIndex());
    TILTH_CHECK(file_.Sync());
    range_.digest = file_.Digest();
    range_.file_bytes = file_.size();
    {
        TILTH_TRY(const FileReader written, FileReader::Open(file_.path()));
        TILTH_CHECK(written.Verify(range_));
    }
    range_.file = NameOf(range_);
    TILTH_CHECK(file_.Publish(range_.file));
    return range_;
}

}  // namespace tilth::archive
