// A results' store for dry runs: a DuckDB file in the lab's folder that goes when the run is over.
#pragma once

#include "base/clock.h"
#include "pipeline/dry_run.h"

#include <filesystem>

namespace tilth::app {

/// `file` must be nobody's: what a killed run left there is removed. One at a time.
Result<pipeline::ScratchStore> OpenScratchStore(
    const std::filesystem::path& file, const std::string& lab_id, const Clock& clock
);

}  // namespace tilth::app
