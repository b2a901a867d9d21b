#include "codec/zip_archive.h"

#include "base/text.h"
#include "codec/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace tilth::codec {
namespace {

constexpr size_t kEndSize = 22;      ///< End of central directory, without comment.
constexpr size_t kCentralSize = 46;  ///< A file header of the central directory, without names.
constexpr size_t kLocalSize = 30;
constexpr size_t kMostEntries = 1000;
constexpr uint32_t kStored = 0;
constexpr uint32_t kDeflated = 8;

uint32_t Number(std::string_view bytes, size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i)
        value |= uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

}  // namespace

Result<ZipArchive> ZipArchive::Open(std::string_view bytes) {
    const auto bad = [](std::string_view what) {
        return Fail(Fault::kBadInput, "no ZIP archive: {}", what);
    };
    const size_t end = bytes.rfind("PK\x05\x06");
    if (end == std::string_view::npos || bytes.size() - end < kEndSize)
        return bad("its directory is missing");
    const size_t count = Number(bytes, end + 10, 2);
    size_t at = Number(bytes, end + 16, 4);
    if (count > kMostEntries) return bad("it has too many parts");
    ZipArchive archive;
    archive.bytes_ = bytes;
    for (size_t i = 0; i < count; ++i) {
        if (at > end || end - at < kCentralSize || bytes.substr(at, 4) != "PK\x01\x02")
            return bad("its directory is damaged");
        const size_t name_size = Number(bytes, at + 28, 2);
        const size_t extra = Number(bytes, at + 30, 2) + Number(bytes, at + 32, 2);
        if (end - at - kCentralSize < name_size + extra) return bad("its directory is damaged");
        if ((Number(bytes, at + 8, 2) & 1) != 0) return bad("it is encrypted");
        archive.entries_.push_back({
            bytes.substr(at + kCentralSize, name_size),
            Number(bytes, at + 10, 2),
            Number(bytes, at + 16, 4),
            Number(bytes, at + 20, 4),
            Number(bytes, at + 24, 4),
            Number(bytes, at + 42, 4),
        });
        at += kCentralSize + name_size + extra;
    }
    return archive;
}

bool ZipArchive::Has(std::string_view name) const {
    return std::ranges::find(entries_, name, &Entry::name) != entries_.end();
}

Result<std::string> ZipArchive::Read(std::string_view name, size_t limit) const {
    const auto bad = [&](std::string_view what) {
        return Fail(Fault::kBadInput, "part \"{}\" of the archive {}", Printable(name), what);
    };
    const auto entry = std::ranges::find(entries_, name, &Entry::name);
    if (entry == entries_.end()) return bad("is missing");
    if (entry->size > limit)
        return bad(fmt::format("unpacks to {} bytes; at most {} are read", entry->size, limit));
    if (entry->header > bytes_.size() || bytes_.size() - entry->header < kLocalSize)
        return bad("is cut off");
    const size_t start = entry->header + kLocalSize + Number(bytes_, entry->header + 26, 2) +
                         Number(bytes_, entry->header + 28, 2);
    if (start > bytes_.size() || bytes_.size() - start < entry->packed) return bad("is cut off");
    const std::string_view packed = bytes_.substr(start, entry->packed);
    std::string content;
    if (entry->method == kStored && entry->size == entry->packed) {
        content = packed;
    } else if (entry->method == kDeflated) {
        Result<std::string> inflated = InflateRaw(packed, entry->size);
        if (!inflated) return bad("is damaged");
        content = std::move(*inflated);
    } else {
        return bad("is packed in a way that is not known");
    }
    const auto* const data = reinterpret_cast<const Bytef*>(content.data());
    if (crc32(0, data, static_cast<uInt>(content.size())) != entry->crc)
        return bad("is damaged: its checksum differs");
    return content;
}

}  // namespace tilth::codec
