// The stream store in one SQLite file (docs/formats/stream_sqlite.md): the embedded default.
//
// The file belongs to one process at a time; who else may open it is decided elsewhere.
#pragma once

#include "base/clock.h"
#include "store/archivable_store.h"

#include <memory>
#include <string>

namespace tilth::sqlite {

struct StreamOptions {
    /// Gives WriterInfo::opened_at. Must outlive the store; null: the machine's clock.
    const Clock* clock = nullptr;
    /// Of the lab whose backup this is, or that is restored; empty: a new lab, or the file's.
    std::string lab_id = {};
};

/// Opens the file, and creates it with a new lab id where there is none.
/// kUnavailable: the folder, the disk or another holder refuses; kCorrupt: not a stream store, or
/// damaged; kRefused: made by a newer Tilth; kConflict: another lab than was asked for.
Result<std::unique_ptr<ArchivableStore>> OpenStreamStore(
    const std::string& path, const StreamOptions& options = {}
);

}  // namespace tilth::sqlite
