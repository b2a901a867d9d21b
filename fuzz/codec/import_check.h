// What every import format must hold for any bytes: shared by the fuzzers of the formats.
#pragma once

#include "base/hash.h"
#include "codec/import_format.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

inline void Require(bool holds) {
    if (!holds) std::abort();
}

inline void CheckReadings(const BlockReadings& readings) {
    Require(readings.bad.size() <= kMaxBadCells && readings.bad.size() <= readings.bad_count);
    for (const BlockColumn& column : readings.columns) {
        Require(
            column.times.size() == column.values.size() &&
            column.rows.size() == column.values.size()
        );
        Require(
            column.column < kMaxFileColumns && !column.channel.empty() && !column.thing.empty()
        );
        for (const uint32_t row : column.rows) Require(row < readings.rows);
    }
}

/// Cuts the bytes in pieces whose length the first byte gives, keeps and reads the blocks.
inline void CheckImport(
    std::string_view format_name, std::string_view bytes, ImportRequest request
) {
    const ImportFormat* const format = FindImportFormat(format_name).value();
    const size_t piece = bytes.empty() ? 1 : 1 + static_cast<unsigned char>(bytes[0]) * size_t{3};
    format->recognise(request.file, bytes.substr(0, 65536));
    request.file_size = bytes.size();
    request.rows_per_block = 1 + piece % 5;
    const auto cutter = format->cut(request);
    if (!cutter) return;
    std::vector<FileBlock> blocks;
    for (std::string_view rest = bytes; !rest.empty();
         rest.remove_prefix(std::min(piece, rest.size()))) {
        if (!(*cutter)->Add(rest.substr(0, piece), blocks)) return;
    }
    if (!(*cutter)->Finish(blocks)) return;
    std::string again;
    for (const FileBlock& block : blocks) {
        Require(block.header.offset == again.size());
        if (block.header.index == 0) again += block.head;
        again += block.rows;
        const auto decoded = DecodeFileBlock(EncodeFileBlock(block));
        Require(decoded && decoded->rows == block.rows && decoded->head == block.head);
        const auto readings = ReadBlock(*decoded);
        Require(readings || format_name == "meter-zl6-xlsx");
        if (readings) CheckReadings(*readings);
    }
    Require(!blocks.empty() && blocks.back().header.last && again == bytes);
}

}  // namespace tilth::codec
