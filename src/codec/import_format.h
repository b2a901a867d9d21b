// Formats of files that can be imported, behind one interface: recognise, cut into blocks, read a
// block.
#pragma once

#include "base/time.h"
#include "codec/file_block.h"
#include "codec/time_zone.h"
#include "model/datastream.h"
#include "model/observation.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// What the person who imports a file says about it. The digest and size come from a first pass
/// over the file (base/hash.h, DigestStream): they identify it before anything is kept.
struct ImportRequest {
    std::string file;        ///< Name without folders.
    std::string digest;      ///< HexDigest of its bytes.
    uint64_t file_size = 0;  ///< Bytes.
    std::optional<TimeZone>
        zone;  ///< Of the logger's clock; none: as the file says, or an error that asks for it.
    std::string thing;  ///< Empty: as the file says, or an error that asks for it.
    std::string columns{kProcessedColumns};  ///< Or kRawColumns, kBothColumns (METER).
    ZoneLoader
        load_zone;  ///< For a zone the mapping names; without it a mapping takes offsets only.
    std::string mapping;  ///< YAML text for format "csv".
    size_t rows_per_block = 4096;
};

/// Cuts one file into blocks while it is read. The blocks' bytes are the file's, none missing, none
/// twice.
class BlockCutter {
  public:
    virtual ~BlockCutter() = default;
    /// Takes the next piece of the file, of any length, and appends the blocks that are complete to
    /// `out`. kBadInput, naming the file and the line, when it is not of this format; then no block
    /// was given out.
    virtual Status Add(std::string_view piece, std::vector<FileBlock>& out) = 0;
    /// The file has ended; appends what is left. Every file gives at least one block, of which the
    /// last says so.
    virtual Status Finish(std::vector<FileBlock>& out) = 0;
};

/// Readings of one channel of a block, in the order of the file. The vectors have one length.
struct BlockColumn {
    std::string thing;    ///< Thing and device key.
    std::string channel;  ///< The column's name in the file's terms; a key, unique with `thing` in
                          ///< the block.
    std::string
        property;  ///< ObservedProperty::name, or the channel where the format does not tell.
    std::optional<double> depth;  ///< Metres, positive down.
    std::string label;            ///< Tells apart two probes at one depth.
    std::string unit;             ///< UCUM, as in the file; empty: not known.
    std::string sensor;           ///< Model of the probe, empty when the file does not say.
    SourceRank rank = SourceRank::kLoggerFile;
    uint32_t column = 0;  ///< In the file, from 0, < kMaxFileColumns.
    std::vector<Time> times;
    std::vector<double>
        values;  ///< Finite; NaN: the file says there is none (a sensor error, a missing marker).
    std::vector<uint32_t>
        rows;  ///< In the block, from 0, < kMaxBlockRows. A row without time has no readings.
};

/// A row or cell that could not be read; the rest of the block is.
struct BadCell {
    uint64_t line = 0;   ///< In the file, from 1 (a spreadsheet's row number).
    std::string column;  ///< Name of the column; empty: the row as a whole.
    std::string field;   ///< What stands there, printable.
    std::string reason;  ///< What was expected.

    friend bool operator==(const BadCell&, const BadCell&) = default;
};

struct BlockReadings {
    std::vector<Thing> things;  ///< What the file says about them (name, description, location); at
                                ///< least the names.
    std::vector<BlockColumn> columns;
    std::vector<BadCell> bad;  ///< At most kMaxBadCells; more are only counted.
    uint64_t bad_count = 0;
    uint64_t rows = 0;  ///< Data rows seen, bad ones included.

    uint64_t ReadingCount() const {
        uint64_t count = 0;
        for (const BlockColumn& column : columns) count += column.values.size();
        return count;
    }
};

inline constexpr uint32_t kMaxFileColumns = 4096;
inline constexpr uint32_t kMaxBlockRows = uint32_t{1} << 20;
inline constexpr size_t kMaxBadCells = 1000;

/// RawPosition::position of a reading of a block.
constexpr uint32_t BlockPosition(uint32_t row, uint32_t column) {
    return row << 12 | column;
}

/// "FILE: line 12, column vwc: "x1" is no number" for messages.
std::string Describe(const BadCell& cell, std::string_view file);

/// One format. The list of them is in import_format.cpp.
struct ImportFormat {
    std::string_view name;   ///< For --format and the block header: "meter-zl6-csv"
    std::string_view title;  ///< "METER ZL6, CSV with raw and processed columns"
    /// True when a file with this name and these first bytes (up to 64 KB) is of this format.
    bool (*recognise)(std::string_view file, std::string_view start);
    Result<std::unique_ptr<BlockCutter>> (*cut)(const ImportRequest& request);
    Result<BlockReadings> (*read)(const FileBlock& block);
};

const std::vector<ImportFormat>& ImportFormats();
/// kBadInput with the names there are.
Result<const ImportFormat*> FindImportFormat(std::string_view name);
/// The first that recognises the file; kBadInput, saying what was looked for, when none does.
Result<const ImportFormat*> RecogniseFormat(std::string_view file, std::string_view start);

/// Reads the values of a block by the format its header names. kCorrupt when the block cannot be
/// what the cutter gave out; bad rows are no error but in the result. Deterministic; thread-safe.
Result<BlockReadings> ReadBlock(const FileBlock& block);

}  // namespace tilth::codec
