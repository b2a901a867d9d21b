#include "backend/duckdb/core.h"

#include "backend/duckdb/schema.h"

namespace tilth::duckdb {

GenerationTables::GenerationTables(Connection& connection, GenerationId id)
    : schema(SchemaOf(id)),
      observation(connection, schema, "observation"),
      hourly(connection, schema, "hourly"),
      daily(connection, schema, "daily"),
      checkpoint(connection, schema, "checkpoint") {}

Status GenerationTables::Flush() {
    TILTH_CHECK(observation.Flush());
    TILTH_CHECK(hourly.Flush());
    TILTH_CHECK(daily.Flush());
    return checkpoint.Flush();
}

void GenerationTables::Abandon() {
    observation.Abandon();
    hourly.Abandon();
    daily.Abandon();
    checkpoint.Abandon();
    newest_rollups.reset();
}

GenerationTables& Writer::TablesOf(GenerationId id) {
    return tables.try_emplace(id, connection, id).first->second;
}

}  // namespace tilth::duckdb
