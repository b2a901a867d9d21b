// Reading the small tables of a generation.
#pragma once

#include "backend/duckdb/engine.h"
#include "store/processed_store.h"

namespace tilth::duckdb {

Result<std::vector<Thing>> SelectThings(Connection& connection, const std::string& schema);
Result<std::vector<Datastream>> SelectDatastreams(
    Connection& connection, const std::string& schema
);
Result<std::vector<ManualFlag>> SelectManualFlags(
    Connection& connection, const std::string& schema
);
Result<std::vector<DeadLetter>> SelectDeadLetters(
    Connection& connection, const std::string& schema, size_t limit, size_t offset
);
Result<std::map<std::string, uint64_t>> CountDeadLetters(
    Connection& connection, const std::string& schema
);

}  // namespace tilth::duckdb
