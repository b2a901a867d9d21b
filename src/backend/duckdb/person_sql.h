// A person's SELECT: checked, bounded in time and rows, and given back as text.
#pragma once

#include "backend/duckdb/engine.h"
#include "store/processed_store.h"

#include <functional>

namespace tilth::duckdb {

/// kRefused: not exactly a reading statement, or over its time; kBadInput: DuckDB's words.
Result<SqlTable> RunPersonSql(
    Connection& connection, std::string_view text, const SqlLimits& limits
);

/// Calls use(rows) with the rows of a person's SELECT, without limits.
Status StreamPersonSql(
    Connection& connection, std::string_view text, const std::function<Status(Rows&)>& use
);

/// That `text` is one SELECT and nothing else; gives it without what may trail a statement.
Result<std::string> CheckPersonSql(Connection& connection, std::string_view text);

}  // namespace tilth::duckdb
