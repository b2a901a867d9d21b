// A person's SELECT: with the rights of the role tilth_reader, in a transaction that cannot write,
// bounded in time and rows, and given back as text in the words the embedded store uses.
#pragma once

#include "backend/postgresql/engine.h"
#include "store/processed_store.h"

namespace tilth::postgresql {

/// kRefused: not a reading statement, no right, or over its time; kBadInput: PostgreSQL's words.
Result<SqlTable> RunPersonSql(
    Connection& connection, std::string_view text, const SqlLimits& limits
);

}  // namespace tilth::postgresql
