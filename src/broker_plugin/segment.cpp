#include "broker_plugin/segment.h"

#include "broker_plugin/bytes.h"

#include <xxhash.h>

#include <algorithm>

namespace tilth::broker_plugin {
namespace {

constexpr std::string_view kMagic = "TILTHJNL";
constexpr uint32_t kVersion = 1;

// Offsets in the header.
constexpr size_t kVersionAt = 8;  // u32
constexpr size_t kLengthAt = 12;  // u32: bytes of this header
constexpr size_t kSequenceAt = 16;
constexpr size_t kRunAt = 24;
constexpr size_t kKeyAt = 32;  // 16 bytes
constexpr size_t kSeedAt = 48;
constexpr size_t kCreatedAt = 56;
constexpr size_t kCheckAt = 64;  // u64: of the 64 bytes before it

}  // namespace

SegmentPage Encode(const SegmentHeader& header) noexcept {
    SegmentPage page{};
    char* const at = page.data();
    std::copy(kMagic.begin(), kMagic.end(), at);
    Put(at + kVersionAt, kVersion);
    Put(at + kLengthAt, static_cast<uint32_t>(kSegmentHeader));
    Put(at + kSequenceAt, header.sequence);
    Put(at + kRunAt, header.run.number);
    Put(at + kKeyAt, header.run.key);
    Put(at + kSeedAt, header.seed);
    Put(at + kCreatedAt, header.created);
    Put(at + kCheckAt, XXH3_64bits(at, kCheckAt));
    return page;
}

Result<SegmentHeader> DecodeHeader(std::string_view bytes) {
    if (bytes.size() < kSegmentHeader)
        return Fail(Fault::kCorrupt, "the file is shorter than a header");
    if (!bytes.starts_with(kMagic)) return Fail(Fault::kCorrupt, "the file is no journal segment");
    const char* const at = bytes.data();
    if (XXH3_64bits(at, kCheckAt) != Get<uint64_t>(at + kCheckAt))
        return Fail(Fault::kCorrupt, "the header is damaged");
    if (const auto version = Get<uint32_t>(at + kVersionAt);
        version != kVersion || Get<uint32_t>(at + kLengthAt) != kSegmentHeader) {
        return Fail(
            Fault::kCorrupt, "version {} of the format is not known to this program", version
        );
    }
    SegmentHeader header;
    header.sequence = Get<uint64_t>(at + kSequenceAt);
    header.run.number = Get<uint64_t>(at + kRunAt);
    header.run.key = Get<std::array<uint64_t, 2>>(at + kKeyAt);
    header.seed = Get<uint64_t>(at + kSeedAt);
    header.created = Get<int64_t>(at + kCreatedAt);
    return header;
}

Result<SegmentReader> SegmentReader::Open(std::string_view bytes) {
    TILTH_TRY(const SegmentHeader header, DecodeHeader(bytes));
    return SegmentReader(bytes, header);
}

std::optional<SegmentReader::Entry> SegmentReader::Next() noexcept {
    // Looking for the next good record behind a bad one may hash the same bytes often; bytes made
    // to do so shall not hold up a start.
    const size_t budget = 8 * bytes_.size();
    for (; at_ + kRecordHeader <= bytes_.size() && hashed_ <= budget; at_ += kRecordAlignment) {
        const auto decoded = Decode(bytes_.substr(at_), header_.seed, hashed_);
        if (!decoded) continue;
        if (at_ != end_) {
            if (damaged_ == 0) first_damage_ = end_;
            damaged_ += at_ - end_;
        }
        const size_t offset = at_;
        at_ += decoded->size;
        end_ = at_;
        return Entry{decoded->record, offset};
    }
    return std::nullopt;
}

}  // namespace tilth::broker_plugin
