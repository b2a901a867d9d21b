// A person's SELECT: checked, bounded in time and rows, and given back as text.
#pragma once

#include "backend/duckdb/engine.h"
#include "store/processed_store.h"

namespace tilth::duckdb {

/// kRefused: not exactly a reading statement, or over its time; kBadInput: DuckDB's words.
Result<SqlTable> RunPersonSql(
    Connection& connection, std::string_view text, const SqlLimits& limits
);

/// That `text` is one SELECT and nothing else; gives it without what may trail a statement.
Result<std::string> CheckPersonSql(Connection& connection, std::string_view text);

}  // namespace tilth::duckdb
