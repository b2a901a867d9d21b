// Whether the results go with the stream they were made of.
#pragma once

#include "store/processed_store.h"
#include "store/stream_store.h"

namespace tilth::pipeline {

/// kConflict when a cursor of the active results stands behind what its writer has stored, or its
/// writer is not there: the stream is an older one, restored from a backup, say. Going on would
/// count new records under the old numbers as processed.
Status CheckPair(StreamStore& stream, ProcessedStore& processed);

}  // namespace tilth::pipeline
