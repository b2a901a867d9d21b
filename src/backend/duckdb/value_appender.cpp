#include "backend/duckdb/value_appender.h"

namespace tilth::duckdb {

Result<ValueAppender> ValueAppender::Open(
    Connection& connection, const std::string& schema, const char* table
) {
    duckdb_appender handle = nullptr;
    const duckdb_state state =
        duckdb_appender_create(connection.handle(), schema.c_str(), table, &handle);
    ValueAppender appender;
    appender.handle_.reset(handle);
    if (state == DuckDBError) {
        return EngineError(duckdb_appender_error(handle), DUCKDB_ERROR_INVALID);
    }
    return appender;
}

Status ValueAppender::Finish() {
    if (duckdb_appender_flush(handle_.get()) == DuckDBError) {
        return EngineError(duckdb_appender_error(handle_.get()), DUCKDB_ERROR_IO);
    }
    return {};
}

}  // namespace tilth::duckdb
