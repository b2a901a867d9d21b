// The whole stream, processed by a configuration into results that nobody sees, to be compared with
// those that everybody sees: a preview of what a configuration would change, or a check that what
// is stored is what was received.
//
// A dry run is the real processing on a store of its own, so it knows no sampling and no rule of
// its own for what a profile, a mapping or a calibration changes; it takes as long as building a
// generation.
#pragma once

#include "pipeline/difference.h"
#include "pipeline/processor.h"
#include "store/stream_store.h"

#include <functional>
#include <memory>

namespace tilth::pipeline {

/// An empty store for a while; what it stood on is cleared away with it.
struct ScratchStore {
    std::shared_ptr<void> place;
    std::unique_ptr<ProcessedStore> store;
};
using OpenScratch = std::function<Result<ScratchStore>()>;

struct DryRunRequest {
    ProcessingConfig config;
    std::string thing;  ///< Compare this one only; empty: all.
    TimeRange range;    ///< Compare the readings in it only.
};

/// Records done of about so many; false ends the run with kUnavailable.
using DryRunProgress = std::function<bool(uint64_t done, uint64_t total)>;

/// The difference between the active results and those that the request's configuration makes.
/// Readings that come meanwhile are left out. Threads: any one, while others process.
Result<Difference> DryRun(
    StreamStore& stream,
    ProcessedStore& active,
    const OpenScratch& open_scratch,
    const DryRunRequest& request,
    const DryRunProgress& progress
);

}  // namespace tilth::pipeline
