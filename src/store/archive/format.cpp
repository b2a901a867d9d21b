#include "store/archive/format.h"

#include "base/hash.h"

#include <zstd.h>

#include <memory>
#include <new>

namespace tilth::archive {
namespace {

constexpr int kCompressionLevel = 3;
constexpr size_t kDigestAt = 16;
constexpr uint8_t kRetained = 4;  // beside the QoS

void AppendFixed(std::string& out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

uint64_t FixedAt(std::string_view bytes, size_t at, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value |= uint64_t{static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)])} << (8 * i);
    return value;
}

void AppendNumber(std::string& out, uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}

void AppendText(std::string& out, std::string_view text) {
    AppendNumber(out, text.size());
    out += text;
}

/// Steps of a time may go anywhere: arithmetic without sign, and small ones of either sign stay
/// short.
uint64_t StepOf(Time from, Time to) {
    const uint64_t step =
        static_cast<uint64_t>(ToMicros(to)) - static_cast<uint64_t>(ToMicros(from));
    return step << 1 ^ (step >> 63 != 0 ? ~uint64_t{0} : 0);
}
Time AfterStep(Time from, uint64_t coded) {
    const uint64_t step = coded >> 1 ^ ((coded & 1) != 0 ? ~uint64_t{0} : 0);
    return FromMicros(static_cast<int64_t>(static_cast<uint64_t>(ToMicros(from)) + step));
}

/// Takes values off the front of bytes; what is not there is zero and makes it bad.
class Parser {
  public:
    explicit Parser(std::string_view bytes) : rest_(bytes) {}

    uint64_t Number() {
        uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const uint64_t byte = Byte();
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        is_bad_ = true;
        return 0;
    }
    uint8_t Byte() {
        if (rest_.empty()) {
            is_bad_ = true;
            return 0;
        }
        const auto byte = static_cast<uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }
    std::string_view Text() {
        const uint64_t size = Number();
        if (size > rest_.size()) {
            is_bad_ = true;
            return {};
        }
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return text;
    }
    bool is_bad() const { return is_bad_; }
    /// All was there, and nothing is left.
    bool EndsWell() const { return !is_bad_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool is_bad_ = false;
};

std::unexpected<Error> Malformed(const char* what) {
    return Fail(Fault::kCorrupt, "{} of an archive file cannot be read", what);
}

}  // namespace

void AppendRecord(std::string& plain, const RawRecordView& record, const RawRecordView& previous) {
    AppendNumber(plain, record.sequence - previous.sequence);
    AppendNumber(plain, StepOf(previous.received_at, record.received_at));
    AppendNumber(plain, Raw(record.partition));
    plain += static_cast<char>(record.kind);
    plain += static_cast<char>(record.qos | (record.retained ? kRetained : 0));
    for (const std::string_view text :
         {record.id, record.device, record.topic, record.note, record.payload}) {
        AppendText(plain, text);
    }
}

void AppendId(std::string& plain, const IdEntry& entry) {
    AppendText(plain, entry.id);
    AppendNumber(plain, entry.sequence);
}

std::string EncodeIndex(const Index& index) {
    std::string plain;
    AppendText(plain, index.lab_id);
    AppendNumber(plain, static_cast<uint64_t>(Raw(index.writer)));
    AppendNumber(plain, index.records.size());
    for (const RecordFrame& frame : index.records) {
        AppendNumber(plain, frame.offset);
        AppendNumber(plain, frame.first);
        AppendNumber(plain, frame.last);
        AppendNumber(plain, StepOf(Time{}, frame.received_first));
        AppendNumber(plain, StepOf(Time{}, frame.received_last));
    }
    AppendNumber(plain, index.ids.size());
    for (const IdFrame& frame : index.ids) {
        AppendNumber(plain, frame.offset);
        AppendText(plain, frame.lowest);
    }
    return plain;
}

std::string PackFrame(FrameKind kind, std::string_view plain, uint32_t count) {
    std::string frame(kFrameHeaderBytes, '\0');
    frame.resize(kFrameHeaderBytes + ZSTD_compressBound(plain.size()));
    const size_t packed = ZSTD_compress(
        frame.data() + kFrameHeaderBytes,
        frame.size() - kFrameHeaderBytes,
        plain.data(),
        plain.size(),
        kCompressionLevel
    );
    // The space suffices, so only memory can be missing.
    if (ZSTD_isError(packed) != 0) throw std::bad_alloc();
    frame.resize(kFrameHeaderBytes + packed);
    std::string header;
    AppendFixed(header, static_cast<uint64_t>(kind), 4);
    AppendFixed(header, packed, 4);
    AppendFixed(header, plain.size(), 4);
    AppendFixed(header, count, 4);
    const std::string_view packed_bytes = std::string_view(frame).substr(kFrameHeaderBytes);
    AppendFixed(header, HashCombine(Hash64(header), Hash64(packed_bytes)), 8);
    return frame.replace(0, kFrameHeaderBytes, header);
}

Result<FrameHeader> DecodeFrameHeader(std::string_view bytes) {
    if (bytes.size() < kFrameHeaderBytes) return Malformed("a frame that is cut off");
    const uint64_t kind = FixedAt(bytes, 0, 4);
    FrameHeader header{
        .kind = static_cast<FrameKind>(kind),
        .packed_bytes = static_cast<uint32_t>(FixedAt(bytes, 4, 4)),
        .plain_bytes = static_cast<uint32_t>(FixedAt(bytes, 8, 4)),
        .count = static_cast<uint32_t>(FixedAt(bytes, 12, 4)),
        .digest = FixedAt(bytes, kDigestAt, 8),
    };
    const bool is_known = kind >= static_cast<uint64_t>(FrameKind::kRecords) &&
                          kind <= static_cast<uint64_t>(FrameKind::kIndex);
    if (!is_known || header.plain_bytes > kMostFrameBytes ||
        header.packed_bytes > ZSTD_compressBound(kMostFrameBytes)) {
        return Malformed("the header of a frame");
    }
    return header;
}

Result<std::string> UnpackFrame(std::string_view frame) {
    TILTH_TRY(const FrameHeader header, DecodeFrameHeader(frame));
    const std::string_view packed = frame.substr(kFrameHeaderBytes);
    if (packed.size() != header.packed_bytes) return Malformed("a frame that is cut off");
    if (HashCombine(Hash64(frame.substr(0, kDigestAt)), Hash64(packed)) != header.digest)
        return Fail(Fault::kCorrupt, "a frame of an archive file is not what was written");
    std::string plain(header.plain_bytes, '\0');
    const size_t size = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
    if (ZSTD_isError(size) != 0 || size != plain.size()) return Malformed("a compressed frame");
    return plain;
}

Result<std::vector<RawRecordView>> DecodeRecords(
    std::string_view plain, uint32_t count, WriterId writer
) {
    Parser parser(plain);
    std::vector<RawRecordView> records;
    records.reserve(std::min<size_t>(count, plain.size() / 10));
    RawRecordView previous;
    for (uint32_t i = 0; i < count && !parser.is_bad(); ++i) {
        RawRecordView record;
        record.writer = writer;
        record.sequence = previous.sequence + parser.Number();
        record.received_at = AfterStep(previous.received_at, parser.Number());
        record.partition = PartitionId{static_cast<uint16_t>(parser.Number())};
        record.kind = RecordKind{parser.Byte()};
        const uint8_t delivery = parser.Byte();
        record.qos = delivery & 3;
        record.retained = (delivery & kRetained) != 0;
        record.id = parser.Text();
        record.device = parser.Text();
        record.topic = parser.Text();
        record.note = parser.Text();
        record.payload = parser.Text();
        records.push_back(record);
        previous = record;
    }
    if (!parser.EndsWell()) return Malformed("a frame of records");
    return records;
}

Result<std::vector<IdEntry>> DecodeIds(std::string_view plain, uint32_t count) {
    Parser parser(plain);
    std::vector<IdEntry> ids;
    for (uint32_t i = 0; i < count && !parser.is_bad(); ++i) {
        const std::string_view id = parser.Text();
        ids.push_back({id, parser.Number()});
    }
    if (!parser.EndsWell()) return Malformed("a frame of message ids");
    return ids;
}

Result<Index> DecodeIndex(std::string_view plain) {
    Parser parser(plain);
    Index index;
    index.lab_id = parser.Text();
    index.writer = WriterId{static_cast<int64_t>(parser.Number())};
    const uint64_t record_frames = parser.Number();
    for (uint64_t i = 0; i < record_frames && !parser.is_bad(); ++i) {
        RecordFrame frame;
        frame.offset = parser.Number();
        frame.first = parser.Number();
        frame.last = parser.Number();
        frame.received_first = AfterStep(Time{}, parser.Number());
        frame.received_last = AfterStep(Time{}, parser.Number());
        index.records.push_back(frame);
    }
    const uint64_t id_frames = parser.Number();
    for (uint64_t i = 0; i < id_frames && !parser.is_bad(); ++i) {
        const uint64_t offset = parser.Number();
        index.ids.push_back({offset, std::string(parser.Text())});
    }
    if (!parser.EndsWell()) return Malformed("the index");
    return index;
}

}  // namespace tilth::archive
