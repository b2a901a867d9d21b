// Cuts text files at line ends into blocks of whole rows. Internal to the module.
#pragma once

#include "codec/import_format.h"

#include <functional>

namespace tilth::codec {

/// What the cutter must know of a text format.
struct TextLayout {
    size_t head_lines = 0;  ///< The file's own header: these go with every block.
    bool quotes = false;    ///< A line end inside double quotes does not end a row.
    /// Refuses a file by its header lines (or, without any, by its first row); may complete the
    /// header. Called once, before any block is given out.
    std::function<Status(std::string_view head, FileBlockHeader& header)> check;
};

/// The longest row, in bytes; a file with a longer one is of no such format.
inline constexpr size_t kMaxRowBytes = size_t{1} << 20;
/// A block is closed when its rows reach this many bytes.
inline constexpr size_t kBlockBytes = size_t{1} << 20;

std::unique_ptr<BlockCutter> CutLines(
    const ImportRequest& request, std::string_view format, TextLayout layout
);

/// The header fields that come from the request.
FileBlockHeader HeaderOf(const ImportRequest& request, std::string_view format);

}  // namespace tilth::codec
