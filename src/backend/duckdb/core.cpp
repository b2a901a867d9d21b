#include "backend/duckdb/core.h"

#include "backend/duckdb/compaction.h"
#include "backend/duckdb/schema.h"

#include <algorithm>

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

Status GenerationTables::CompactIfWorth(Connection& connection) {
    const uint64_t dead = observation.deleted_rows() - reclaimed_rows;
    if (!WorthLooking(dead)) return {};
    const std::string table = schema + ".observation";
    TILTH_TRY(const uint64_t live, CountRows(connection, table));
    if (!WorthCompaction(dead, live)) return {};
    // Appenders look at the table they were opened on; they open again at the next append.
    observation.Abandon();
    TILTH_TRY(const uint64_t reclaimed, Compact(connection, table));
    // What is left is too scattered to be worth it: counted anew.
    reclaimed_rows = reclaimed == 0
                         ? observation.deleted_rows()
                         : std::min(reclaimed_rows + reclaimed, observation.deleted_rows());
    return {};
}

GenerationTables& Writer::TablesOf(GenerationId id) {
    return tables.try_emplace(id, connection, id).first->second;
}

}  // namespace tilth::duckdb
