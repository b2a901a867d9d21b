// The processed store in one DuckDB file (docs/formats/processed_duckdb.md): the embedded default.
//
// The file belongs to one process at a time. There is one transaction at a time: Begin waits for
// the one before it, and so do the methods that change generations.
#pragma once

#include "base/clock.h"
#include "store/processed_store.h"

#include <memory>
#include <string>

namespace tilth::duckdb {

struct ProcessedOptions {
    /// Times the leases. Must outlive the store; null: the machine's clock.
    const Clock* clock = nullptr;
    /// How much memory DuckDB may use for its cache and for queries; larger ones spill to disk.
    size_t memory_limit_bytes = size_t{512} << 20;
    /// Threads of a person's query (query_threads.h); 0: one a core.
    int threads = 0;
};

/// Opens the file, and creates it where there is none.
/// kUnavailable: the folder, the disk or another holder refuses; kCorrupt: not a processed store,
/// or damaged; kRefused: made by a newer Tilth.
Result<std::unique_ptr<ProcessedStore>> OpenProcessedStore(
    const std::string& path, const ProcessedOptions& options = {}
);

}  // namespace tilth::duckdb
