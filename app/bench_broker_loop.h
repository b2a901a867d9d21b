// What a disk can do at best, and a broker with much to do at its start.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace tilth::app {

enum class LoopFile {
    kGrowing,  ///< Appended to.
    kReused,   ///< Written before, and written over: no metadata changes.
};

/// Writes of `bytes` with a fdatasync after each, a second.
Result<double> SyncLoopRate(
    const std::filesystem::path& file, LoopFile kind, size_t bytes, uint64_t count
);

/// Bytes of a benchmark's message in the journal.
size_t JournalledBytes();

/// Leaves a journal of so many messages in `folder`, as a killed broker does.
Status LeaveJournal(const std::filesystem::path& folder, uint64_t messages);

}  // namespace tilth::app
