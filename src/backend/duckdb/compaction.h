// Gives back the space of rows that were deleted.
//
// DuckDB marks deleted rows and drops a row group (122,880 rows) only when all of it is gone. Rows
// replaced here and there would let the file grow for ever; so now and then row groups that are
// mostly dead are written anew behind the others, which leaves nothing of them.
#pragma once

#include "backend/duckdb/engine.h"

namespace tilth::duckdb {

/// Whether that many deleted rows can be worth a compaction at all: more than a third of a row
/// group.
bool WorthLooking(uint64_t dead);
/// Whether they are, beside that many live ones: more than a fifth.
bool WorthCompaction(uint64_t dead, uint64_t live);

Result<uint64_t> CountRows(Connection& connection, const std::string& table);

/// Rewrites some of the row groups of which more than a tenth is dead, the sparsest first, and
/// checkpoints. Returns how many dead rows are gone; 0: no row group is worth it. Requires: no
/// transaction is open on the connection, and no other writes.
Result<uint64_t> Compact(Connection& connection, const std::string& table);

}  // namespace tilth::duckdb
