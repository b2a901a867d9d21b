// A piece of an imported file as it is kept in the stream store: some thousand rows, as they came,
// with all that is needed to read them again. The layout is in docs/formats/file_block.md.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tilth::codec {

/// Values of a logger file that come raw and converted by the vendor: which are read.
/// "processed", "raw" or "both".
inline constexpr std::string_view kProcessedColumns = "processed";
inline constexpr std::string_view kRawColumns = "raw";
inline constexpr std::string_view kBothColumns = "both";

struct FileBlockHeader {
    std::string format;       ///< ImportFormat::name
    std::string file;         ///< Name of the file, without folders.
    std::string digest;       ///< HexDigest of the whole file.
    uint64_t file_size = 0;   ///< Bytes of the whole file.
    uint32_t index = 0;       ///< Of the block in the file, from 0.
    uint64_t offset = 0;      ///< Of the block's first byte in the file.
    bool last = false;        ///< No block of this file follows.
    uint64_t first_line = 1;  ///< Number in the file of the first line of `rows`, from 1.
    std::string
        zone;  ///< TimeZone::Text() of the logger's clock; empty: the file's times need none.
    std::string thing;  ///< Whose readings these are, where the file does not say it.
    std::string columns{kProcessedColumns};
    std::string mapping;  ///< YAML text of codec/csv_mapping.h; empty where the format needs none.

    friend bool operator==(const FileBlockHeader&, const FileBlockHeader&) = default;
};

struct FileBlock {
    FileBlockHeader header;
    std::string head;  ///< The file's own header lines; the same in every block of a file.
    std::string rows;  ///< Whole rows, bytes as they came.

    /// Bytes of the file that this block holds: the head belongs to the first block.
    uint64_t FileBytes() const { return (header.index == 0 ? head.size() : 0) + rows.size(); }
    friend bool operator==(const FileBlock&, const FileBlock&) = default;
};

/// Limit on head + rows of a block.
inline constexpr size_t kMaxBlockBytes = size_t{12} << 20;

/// The payload of a RawRecord of kind kFileBlock. Texts of the header that are not UTF-8 are kept
/// printable.
std::string EncodeFileBlock(const FileBlock& block);

/// kCorrupt when the payload is no such block, or damaged (a checksum is part of it).
Result<FileBlock> DecodeFileBlock(std::string_view payload);

/// Without unpacking the rows.
Result<FileBlockHeader> DecodeFileBlockHeader(std::string_view payload);

}  // namespace tilth::codec
