// Import: a file's bytes go into the stream store in blocks, as they came; processing reads them
// like any message.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "codec/import_format.h"
#include "store/stream_store.h"

#include <functional>
#include <string>
#include <vector>

namespace tilth::pipeline {

struct ImportOptions {
    std::string
        format;        ///< codec::ImportFormat::name; empty: "csv" with a mapping, else recognised.
    std::string zone;  ///< As codec::ParseTimeZone reads it; empty: as the file says.
    std::string thing;    ///< Empty: as the file says.
    std::string columns;  ///< "processed", "raw" or "both"; empty: processed.
    std::string mapping;  ///< YAML text of a CSV mapping.
    bool strict = false;  ///< Refuse the whole file when any row or cell is bad.
};

struct ImportReport {
    std::string format;
    uint64_t bytes = 0;  ///< Of the file, taken in so far.
    uint64_t total_bytes = 0;
    uint64_t blocks = 0;
    uint64_t blocks_known =
        0;  ///< Blocks that were in the store before: the file, or a part of it, came again.
    uint64_t rows = 0;
    uint64_t readings = 0;
    uint64_t bad = 0;  ///< Rows or cells that could not be read; they become dead letters.
    std::vector<std::string> examples;  ///< Of bad ones, as "FILE: line 12, ...": at most 20.
    bool cancelled = false;  ///< Stopped between two blocks; the same import goes on where it was.
};

/// Called after each block; false stops the import between blocks.
using ImportProgress = std::function<bool(const ImportReport&)>;

/// Takes in one file. `name` is its name without folders, `bytes` all of it; a gzip file is
/// unpacked first, and what it holds is kept under the name without .gz. The same file with the
/// same options twice changes nothing. kBadInput: not of the format, a time zone or thing is
/// missing (the message says how to give it), or a bad row with `strict`: then nothing was stored.
Result<ImportReport> ImportFile(
    StreamStore& store,
    const Clock& clock,
    std::string_view name,
    std::string_view bytes,
    const ImportOptions& options,
    const ImportProgress& progress
);

/// Looks at the start of a file as ImportFile would: what is missing or wrong is said before
/// anything is stored.
Status CheckImport(std::string_view name, std::string_view bytes, const ImportOptions& options);

/// "12 rows, 48 readings, 1 bad (FILE: line 7, ...)": for a person.
std::string Summary(const ImportReport& report);

}  // namespace tilth::pipeline
