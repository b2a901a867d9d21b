// A person's SELECT as a file: Parquet or CSV.
//
// For the export command and HTTP. DuckDB's own COPY cannot be reached by a statement: the database
// with the data may not touch files, and the one that writes the file has no data but these rows.
#pragma once

#include "store/processed_store.h"

#include <string>
#include <string_view>

namespace tilth::duckdb {

enum class ExportFormat { kParquet, kCsv };

/// Writes the rows of `select` (as ProcessedStore::Sql takes it, of any number) to a new file at
/// `path`, replacing one that is there. `store` was opened by OpenProcessedStore.
/// kRefused and kBadInput as for Sql; kUnavailable when the file cannot be written.
/// Parquet is compressed by zstd; CSV has a header and RFC 3339 times.
Status ExportSelect(
    ProcessedStore& store, std::string_view select, ExportFormat format, const std::string& path
);

}  // namespace tilth::duckdb
