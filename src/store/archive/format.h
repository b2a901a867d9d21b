// The layout of an archive file (docs/formats/archive.md): frames of compressed records, then
// frames of message ids in order, then one frame that says where everything is.
//
// Pure: bytes to values and back. All numbers are little-endian; counts inside frames are variable
// in length (7 bits a byte, lowest first).
#pragma once

#include "base/result.h"
#include "model/raw_record.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::archive {

inline constexpr std::string_view kFileMagic = "TILTHAR1";
inline constexpr std::string_view kEndMagic = "TILTHEND";
inline constexpr size_t kFrameHeaderBytes = 24;
/// Behind the last frame: its offset (8 bytes), kEndMagic.
inline constexpr size_t kTrailerBytes = 16;
/// What a frame may hold at most, unpacked: the largest record and what surrounds it.
inline constexpr size_t kMostFrameBytes = size_t{64} << 20;

enum class FrameKind : uint8_t { kRecords = 1, kIds = 2, kIndex = 3 };

struct FrameHeader {
    FrameKind kind = FrameKind::kRecords;
    uint32_t packed_bytes = 0;  ///< That follow the header.
    uint32_t plain_bytes = 0;   ///< Unpacked.
    uint32_t count = 0;         ///< Records or ids in it.
    uint64_t digest = 0;        ///< Hash64 of the 16 bytes before it and the packed bytes.
};

/// Where a frame of records stands.
struct RecordFrame {
    uint64_t offset = 0;
    Sequence first = 0;
    Sequence last = 0;
    Time received_first{};
    Time received_last{};
};
/// Where a frame of ids stands; it holds those from `lowest` on, up to the next frame's.
struct IdFrame {
    uint64_t offset = 0;
    std::string lowest;
};

struct Index {
    std::string lab_id;
    WriterId writer{};
    std::vector<RecordFrame> records;
    std::vector<IdFrame> ids;
};

/// A message id and the place of its record.
struct IdEntry {
    std::string_view id;
    Sequence sequence = 0;
};

/// Adds a record to the plain bytes of a frame; `previous` is the one before it in the frame, or
/// one of all zeros. Only sequence and time of `previous` are looked at. The writer is in the
/// index.
void AppendRecord(std::string& plain, const RawRecordView& record, const RawRecordView& previous);
void AppendId(std::string& plain, const IdEntry& entry);
std::string EncodeIndex(const Index& index);

/// Header and packed bytes.
std::string PackFrame(FrameKind kind, std::string_view plain, uint32_t count);

/// kCorrupt: no such header.
Result<FrameHeader> DecodeFrameHeader(std::string_view bytes);
/// `frame` is the header and the packed bytes. kCorrupt: the digest is another, or it cannot be
/// unpacked.
Result<std::string> UnpackFrame(std::string_view frame);

/// The views point into `plain`. kCorrupt: not `count` whole records.
Result<std::vector<RawRecordView>> DecodeRecords(
    std::string_view plain, uint32_t count, WriterId writer
);
Result<std::vector<IdEntry>> DecodeIds(std::string_view plain, uint32_t count);
Result<Index> DecodeIndex(std::string_view plain);

}  // namespace tilth::archive
