// The layout of a processed store's file (docs/formats/processed_duckdb.md).
//
// Schema `tilth` holds what belongs to the lab, schema gN the tables of generation N, so that
// dropping a generation drops whole tables. Schema `main` holds the views for people, which always
// show the active generation.
#pragma once

#include "backend/duckdb/engine.h"
#include "model/ids.h"

namespace tilth::duckdb {

/// "g7"
std::string SchemaOf(GenerationId generation);

/// Makes the lab's tables in a new file; checks the version of an old one (kRefused: newer).
Status CreateOrCheckSchema(Connection& connection, const std::string& path);
/// Inside a transaction.
Status CreateGenerationTables(Connection& connection, GenerationId generation);
Status CreateViews(Connection& connection, GenerationId generation);

}  // namespace tilth::duckdb
