// libmongoc's counters for its own monitoring tool, which Tilth does not use.
#pragma once

namespace tilth::mongodb {

/// libmongoc shares its counters by a file in /dev/shm from the moment it is loaded, whatever the
/// program then does, and a killed process leaves that file behind: memory that is never freed, and
/// a complaint on the standard error of the next process that gets its number. This takes the
/// file's name away at once; the counters stay where they are. To be called first thing in main.
void UnlinkSharedCounters();

}  // namespace tilth::mongodb
