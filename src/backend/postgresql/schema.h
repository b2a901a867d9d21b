// Brings a database's schema up to the program's, or finds that it cannot be used.
#pragma once

#include "backend/postgresql/engine.h"
#include "backend/postgresql/migrations.h"
#include "model/ids.h"

namespace tilth::postgresql {

/// "g7": the schema of a generation's tables.
std::string SchemaOf(GenerationId generation);

/// Runs the steps that are missing, each in a transaction, while no other process does the same.
/// kRefused: the schema is from a program this one cannot work beside, or there is no right to
/// change it; kCorrupt: a schema `tilth` that is not Tilth's.
Status Migrate(Connection& connection, std::span<const Migration> migrations);

/// Drops what a generation without a row left behind, table by table. Harmless when repeated.
Status DropGenerationTables(Connection& connection, const std::string& schema);

}  // namespace tilth::postgresql
