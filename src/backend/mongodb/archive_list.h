// The collection `archive`: which ranges of records were moved into files
// (store/archivable_store.h, docs/formats/stream_mongodb.md). Thread-safe, for many processes.
#pragma once

#include "backend/mongodb/connection.h"
#include "store/archivable_store.h"

namespace tilth::mongodb {

/// As ArchivableStore::Archived.
Result<std::vector<ArchivedRange>> ReadArchived(Connection& connection);
/// kNotFound.
Result<ArchivedRange> FindArchived(Connection& connection, const std::string& file);
/// kConflict: the range does not begin behind the writer's last one. An entry's _id is the place it
/// begins at, so that of two that begin alike one is refused.
Status AddArchived(Connection& connection, const ArchivedRange& range);
Status SetArchiveState(Connection& connection, const std::string& file, ArchiveState state);
/// Removes the range's records; what is gone already does no harm.
Status RemoveRecords(Connection& connection, const ArchivedRange& range);

}  // namespace tilth::mongodb
