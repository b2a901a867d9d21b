#include "store/archive/file_reader.h"

#include "base/hash.h"

#include <algorithm>

namespace tilth::archive {
namespace {

constexpr size_t kReadAtOnce = size_t{1} << 20;

uint64_t NumberAt(std::string_view bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return value;
}

bool Fits(const FindRequest& request, const RawRecordView& record) {
    return (!request.kind || record.kind == *request.kind) &&
           (request.device.empty() || record.device == request.device) &&
           request.received.Contains(record.received_at);
}

}  // namespace

std::unexpected<Error> FileReader::Named(const Error& error) const {
    return Fail(error.fault, "{}: {}", path_, error.message);
}

Result<FileReader> FileReader::Open(const std::filesystem::path& path) {
    TILTH_TRY(OpenedFile file, OpenedFile::Open(path));
    FileReader reader(std::move(file), path.string());
    const uint64_t size = reader.file_.size();
    if (size < kFileMagic.size() + kTrailerBytes)
        return Fail(Fault::kCorrupt, "{}: the file is cut off at {} bytes", reader.path_, size);
    TILTH_TRY(const std::string magic, reader.file_.Read(0, kFileMagic.size()));
    TILTH_TRY(const std::string trailer, reader.file_.Read(size - kTrailerBytes, kTrailerBytes));
    if (magic != kFileMagic || !trailer.ends_with(kEndMagic))
        return Fail(Fault::kCorrupt, "{}: no whole archive file", reader.path_);
    TILTH_TRY(const std::string frame, reader.PackedFrame(NumberAt(trailer)));
    const Result<std::string> plain = UnpackFrame(frame);
    if (!plain) return reader.Named(plain.error());
    Result<Index> index = DecodeIndex(*plain);
    if (!index) return reader.Named(index.error());
    reader.index_ = std::move(*index);
    return reader;
}

Result<std::string> FileReader::PackedFrame(uint64_t offset) const {
    TILTH_TRY(std::string frame, file_.Read(offset, kFrameHeaderBytes));
    const Result<FrameHeader> header = DecodeFrameHeader(frame);
    if (!header) return Named(header.error());
    return file_.Read(offset, kFrameHeaderBytes + header->packed_bytes);
}

Result<std::vector<RawRecordView>> FileReader::Records(const RecordFrame& frame, std::string& plain)
    const {
    TILTH_TRY(const std::string packed, PackedFrame(frame.offset));
    Result<std::string> unpacked = UnpackFrame(packed);
    if (!unpacked) return Named(unpacked.error());
    plain = std::move(*unpacked);
    const FrameHeader header = *DecodeFrameHeader(packed);
    auto records = DecodeRecords(plain, header.count, index_.writer);
    if (!records) return Named(records.error());
    if (header.kind != FrameKind::kRecords || records->empty() ||
        records->front().sequence != frame.first || records->back().sequence != frame.last) {
        return Fail(Fault::kCorrupt, "{}: a frame is not the one the index names", path_);
    }
    return records;
}

Result<std::optional<Sequence>> FileReader::Read(
    const ReadRequest& request, const RecordVisitor& visit
) const {
    size_t visited = 0;
    std::string plain;
    const auto from =
        std::ranges::upper_bound(index_.records, request.after, {}, &RecordFrame::last);
    for (auto frame = from; frame != index_.records.end(); ++frame) {
        if (frame->first > request.up_to) break;
        TILTH_TRY(const std::vector<RawRecordView> records, Records(*frame, plain));
        for (const RawRecordView& record : records) {
            if (record.sequence <= request.after || record.sequence > request.up_to ||
                !request.partitions.test(Raw(record.partition))) {
                continue;
            }
            if (!visit(record) || ++visited == request.limit) return record.sequence;
        }
    }
    return std::nullopt;
}

Result<RawRecord> FileReader::Get(Sequence sequence) const {
    std::optional<RawRecord> found;
    const ReadRequest only{.after = sequence - 1, .up_to = sequence};
    TILTH_CHECK(Read(only, [&found](const RawRecordView& record) {
        found.emplace(record);
        return true;
    }));
    if (found) return std::move(*found);
    return Fail(
        Fault::kNotFound, "the stream has no record {} of writer {}", sequence, Raw(index_.writer)
    );
}

Result<std::shared_ptr<const FileReader::Ids>> FileReader::IdsAt(uint64_t offset) const {
    auto last = last_ids_->With([](const auto& ids) { return ids; });
    if (last && last->offset == offset) return last;
    TILTH_TRY(const std::string packed, PackedFrame(offset));
    auto ids = std::make_shared<Ids>();
    ids->offset = offset;
    Result<std::string> plain = UnpackFrame(packed);
    if (!plain) return Named(plain.error());
    ids->plain = std::move(*plain);
    auto entries = DecodeIds(ids->plain, DecodeFrameHeader(packed)->count);
    if (!entries) return Named(entries.error());
    ids->entries = std::move(*entries);
    last_ids_->With([&ids](auto& kept) { kept = ids; });
    return ids;
}

Result<std::optional<Sequence>> FileReader::FindId(std::string_view id) const {
    auto frame = std::ranges::upper_bound(index_.ids, id, {}, &IdFrame::lowest);
    if (frame == index_.ids.begin()) return std::nullopt;
    TILTH_TRY(const std::shared_ptr<const Ids> ids, IdsAt((--frame)->offset));
    const auto found = std::ranges::lower_bound(ids->entries, id, {}, &IdEntry::id);
    if (found == ids->entries.end() || found->id != id) return std::nullopt;
    return found->sequence;
}

Result<std::vector<RawRecord>> FileReader::Find(const FindRequest& request) const {
    std::vector<RawRecord> found;
    std::string plain;
    for (auto frame = index_.records.rbegin(); frame != index_.records.rend(); ++frame) {
        if (found.size() >= request.limit || frame->received_last < request.received.from) break;
        if (frame->received_first >= request.received.to) continue;
        TILTH_TRY(const std::vector<RawRecordView> records, Records(*frame, plain));
        for (auto record = records.rbegin(); record != records.rend(); ++record) {
            if (found.size() >= request.limit) break;
            if (Fits(request, *record)) found.emplace_back(*record);
        }
    }
    return found;
}

Status FileReader::Verify(const ArchivedRange& entry) const {
    DigestStream digest;
    for (uint64_t at = 0; at < file_.size(); at += kReadAtOnce) {
        TILTH_TRY(
            const std::string bytes,
            file_.Read(at, std::min<uint64_t>(kReadAtOnce, file_.size() - at))
        );
        digest.Add(bytes);
    }
    if (file_.size() != entry.file_bytes || digest.Hex() != entry.digest) {
        return Fail(
            Fault::kCorrupt,
            "{}: the file is not what was written: {} bytes with the digest {}, expected {} with "
            "{}",
            path_,
            file_.size(),
            digest.Hex(),
            entry.file_bytes,
            entry.digest
        );
    }
    TILTH_CHECK(VerifyRecords(entry));
    return VerifyIds(entry);
}

Status FileReader::VerifyRecords(const ArchivedRange& entry) const {
    uint64_t count = 0;
    uint64_t payload_bytes = 0;
    std::string plain;
    for (const RecordFrame& frame : index_.records) {
        TILTH_TRY(const std::vector<RawRecordView> records, Records(frame, plain));
        count += records.size();
        for (const RawRecordView& record : records) payload_bytes += record.payload.size();
    }
    if (count == entry.records && payload_bytes == entry.payload_bytes &&
        index_.writer == entry.writer && !index_.records.empty() &&
        index_.records.front().first == entry.first && index_.records.back().last == entry.last) {
        return {};
    }
    return Fail(Fault::kCorrupt, "{}: these are not the records that the entry names", path_);
}

Status FileReader::VerifyIds(const ArchivedRange& entry) const {
    uint64_t count = 0;
    for (const IdFrame& frame : index_.ids) {
        TILTH_TRY(const std::shared_ptr<const Ids> ids, IdsAt(frame.offset));
        count += ids->entries.size();
    }
    if (count == entry.records) return {};
    return Fail(Fault::kCorrupt, "{}: {} message ids for {} records", path_, count, entry.records);
}

}  // namespace tilth::archive
