// The results of a lab in its backup: DuckDB's file, or what pg_dump makes of PostgreSQL's
// database.
#pragma once

#include "app/settings.h"
#include "base/result.h"

#include <string>

namespace tilth::app {

/// Copies the results into the folder, in place of an earlier copy. Says so where there is nothing
/// to copy or nothing to copy it with: then they are computed again after a restore.
Status BackupResults(const Settings& settings, const std::string& folder);

/// Puts the folder's results into the settings' processed store. kConflict: there are some already.
/// Says so where the backup has none for this kind of store.
Status RestoreResults(const Settings& settings, const std::string& folder);

}  // namespace tilth::app
