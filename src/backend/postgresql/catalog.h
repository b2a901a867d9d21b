// What is read of generations, things, datastreams, flags, dead letters, cursors and dirty ranges.
#pragma once

#include "backend/postgresql/engine.h"
#include "store/processed_store.h"

namespace tilth::postgresql {

Result<std::vector<Generation>> SelectGenerations(Connection& connection);
Result<std::vector<Thing>> SelectThings(Connection& connection, const std::string& schema);
Result<std::vector<Datastream>> SelectDatastreams(
    Connection& connection, const std::string& schema
);
Result<std::vector<ManualFlag>> SelectManualFlags(
    Connection& connection, const std::string& schema
);
/// Newest first.
Result<std::vector<DeadLetter>> SelectDeadLetters(
    Connection& connection, const std::string& schema, size_t limit, size_t offset
);
Result<std::map<std::string, uint64_t>> CountDeadLetters(
    Connection& connection, const std::string& schema
);
/// Writers that never moved are absent.
Result<std::map<WriterId, std::vector<Sequence>>> SelectCursors(
    Connection& connection, const std::string& schema
);
Result<SeriesVersions> SelectVersions(Connection& connection, const std::string& schema);
Result<std::vector<DirtyRange>> SelectDirty(
    Connection& connection, const std::string& schema, const PartitionSet& partitions
);

}  // namespace tilth::postgresql
