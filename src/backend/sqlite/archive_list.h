// The table `archive`: which ranges of records were moved into files (store/archivable_store.h).
//
// Functions over the connection that writes; the caller lets one thread at a time in.
#pragma once

#include "backend/sqlite/database.h"
#include "store/archivable_store.h"

namespace tilth::sqlite {

/// As ArchivableStore::Archived.
Result<std::vector<ArchivedRange>> ReadArchived(Connection& connection);
/// kNotFound.
Result<ArchivedRange> FindArchived(Connection& connection, const std::string& file);
/// In one transaction; kConflict: the range does not begin behind the writer's last one.
Status AddArchived(Connection& connection, const ArchivedRange& range);
Status SetArchiveState(Connection& connection, const std::string& file, ArchiveState state);
/// Removes some of the range's records. False: there was none left.
Result<bool> RemoveSomeRecords(Connection& connection, const ArchivedRange& range);

}  // namespace tilth::sqlite
