// Opening a database that a kill or a loss of power left in a state DuckDB refuses.
#pragma once

#include "backend/duckdb/engine.h"

#include <span>
#include <string>

namespace tilth::duckdb {

/// As Database::Open. A file whose making was not completed is made anew: nothing was ever in it.
/// What was not synced at a loss of power may stand in the log in part: DuckDB
/// itself passes over an end that is too short, but refuses one with blocks that did not reach the
/// disk. The log is then cut before the first damaged entry, which loses only transactions that
/// were not committed, or, where the disk damaged older ones, results that the stream brings back:
/// cursors and results lie in the same log.
Result<Database> OpenWithTornLog(const std::string& path, std::span<const Setting> settings);

}  // namespace tilth::duckdb
