// Does a lab's data agree with itself? Both stores are whole, results follow from the raw stream,
// and roll-ups from their readings.
#pragma once

#include "store/processed_store.h"
#include "store/stream_store.h"

#include <functional>

namespace tilth::pipeline {

/// Processes the whole stream again into a generation of its own and compares it with the active
/// one, bit for bit; the stored roll-ups are made again from the rows. The generation is dropped
/// afterwards. Returns what is wrong, in sentences; empty: nothing. Nobody else may be processing.
Result<std::vector<std::string>> CheckLab(
    StreamStore& stream,
    ProcessedStore& processed,
    const std::function<void(const std::string&)>& say
);

/// Compares two generations: every datastream's rows and roll-ups. Returns the differences, at most
/// `most`.
Result<std::vector<std::string>> CompareGenerations(
    ProcessedStore& processed, GenerationId a, GenerationId b, size_t most
);

}  // namespace tilth::pipeline
