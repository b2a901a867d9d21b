// For tests: a whole file through cutter, payloads and reader.
#pragma once

#include "base/hash.h"
#include "base/zone_file.h"
#include "codec/import_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace tilth::codec {

inline std::string ReadFileBytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

/// A hand-made file of tests/data/codec.
inline std::string Sample(std::string_view name) {
    return ReadFileBytes(fmt::format("{}/tests/data/codec/{}", TILTH_SOURCE_DIR, name));
}

/// A file of the folder TILTH_TEST_DATA names; none when it is not there.
inline std::optional<std::string> TestDataPath(std::string_view name) {
    const char* const folder = std::getenv("TILTH_TEST_DATA");
    if (folder == nullptr) return std::nullopt;
    const std::string path = fmt::format("{}/{}", folder, name);
    return std::ifstream(path) ? std::optional(path) : std::nullopt;
}

struct Imported {
    std::string error;  ///< Empty when it went well.
    std::string format;
    std::vector<FileBlock> blocks;
    std::string bytes;       ///< What the blocks' payloads hold of the file.
    BlockReadings readings;  ///< Of all blocks, rows counted through the file.

    const BlockColumn* Find(std::string_view channel) const {
        for (const BlockColumn& column : readings.columns) {
            if (column.channel == channel) return &column;
        }
        return nullptr;
    }
    /// "2012-08-17T15:00:00Z 0.1218" lines of a channel.
    std::vector<std::string> Lines(std::string_view channel) const {
        std::vector<std::string> lines;
        const BlockColumn* const column = Find(channel);
        if (column == nullptr) return lines;
        for (size_t i = 0; i < column->times.size(); ++i) {
            lines.push_back(fmt::format("{} {}", FormatRfc3339(column->times[i]), column->values[i])
            );
        }
        return lines;
    }
    std::vector<std::string> Bad() const {
        std::vector<std::string> lines;
        for (const BadCell& cell : readings.bad) lines.push_back(Describe(cell, "f"));
        return lines;
    }
};

inline void AppendReadings(BlockReadings& all, BlockReadings block) {
    for (BlockColumn& column : block.columns) {
        for (uint32_t& row : column.rows) row += static_cast<uint32_t>(all.rows);
        BlockColumn* known = nullptr;
        for (BlockColumn& candidate : all.columns) {
            if (candidate.thing == column.thing && candidate.channel == column.channel)
                known = &candidate;
        }
        EXPECT_EQ(column.times.size(), column.values.size());
        EXPECT_EQ(column.rows.size(), column.values.size());
        if (known == nullptr) {
            all.columns.push_back(std::move(column));
            continue;
        }
        known->times.insert(known->times.end(), column.times.begin(), column.times.end());
        known->values.insert(known->values.end(), column.values.begin(), column.values.end());
        known->rows.insert(known->rows.end(), column.rows.begin(), column.rows.end());
    }
    for (const Thing& thing : block.things) {
        if (all.things.empty() || all.things.back().name != thing.name) all.things.push_back(thing);
    }
    all.bad.insert(all.bad.end(), block.bad.begin(), block.bad.end());
    all.bad_count += block.bad_count;
    all.rows += block.rows;
}

/// Imports `bytes` in pieces of `piece`, by the format that recognises them unless one is named.
inline Imported Import(
    std::string_view bytes,
    ImportRequest request,
    std::string_view format_name = {},
    size_t piece = SIZE_MAX
) {
    Imported imported;
    request.digest = HexDigest(bytes);
    request.file_size = bytes.size();
    const auto run = [&]() -> Status {
        TILTH_TRY(
            const ImportFormat* const format,
            format_name.empty() ? RecogniseFormat(request.file, bytes.substr(0, 65536))
                                : FindImportFormat(format_name)
        );
        imported.format = format->name;
        TILTH_TRY(const auto cutter, format->cut(request));
        for (std::string_view rest = bytes; !rest.empty();
             rest.remove_prefix(std::min(piece, rest.size()))) {
            TILTH_CHECK(cutter->Add(rest.substr(0, piece), imported.blocks));
        }
        TILTH_CHECK(cutter->Finish(imported.blocks));
        uint64_t offset = 0;
        for (size_t i = 0; i < imported.blocks.size(); ++i) {
            TILTH_TRY(const FileBlock block, DecodeFileBlock(EncodeFileBlock(imported.blocks[i])));
            EXPECT_EQ(block, imported.blocks[i]);
            EXPECT_EQ(block.header.index, i);
            EXPECT_EQ(block.header.offset, offset);
            EXPECT_EQ(block.header.last, i + 1 == imported.blocks.size());
            offset += block.FileBytes();
            if (i == 0) imported.bytes += block.head;
            imported.bytes += block.rows;
            TILTH_TRY(BlockReadings readings, ReadBlock(block));
            AppendReadings(imported.readings, std::move(readings));
        }
        EXPECT_EQ(HexDigest(imported.bytes), request.digest) << "the blocks give the file back";
        return {};
    };
    if (const Status status = run(); !status) imported.error = status.error().message;
    return imported;
}

inline ImportRequest RequestFor(std::string_view file, std::string_view zone = {}) {
    ImportRequest request;
    request.file = file;
    if (!zone.empty()) {
        const auto parsed = ParseTimeZone(zone, LoadZoneFile);
        EXPECT_TRUE(parsed) << zone;
        request.zone = parsed.value_or(TimeZone{});
    }
    return request;
}

}  // namespace tilth::codec
