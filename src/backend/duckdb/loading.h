// Reads a store's memory from its file.
#pragma once

#include "backend/duckdb/engine.h"
#include "backend/duckdb/memory.h"

namespace tilth::duckdb {

/// kCorrupt: the file contradicts itself.
Result<StoreMemory> LoadMemory(Connection& connection);

}  // namespace tilth::duckdb
