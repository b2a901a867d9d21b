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

/// The same for a lab on servers, while other processes have it open: everything is processed again
/// into `scratch`, an empty store, and compared with that. kUnavailable while the processors are
/// behind. What comes in meanwhile is told as a difference.
Result<std::vector<std::string>> CheckSharedLab(
    StreamStore& stream,
    ProcessedStore& processed,
    ProcessedStore& scratch,
    const std::function<void(const std::string&)>& say
);

/// A generation and where it is.
struct StoredResults {
    ProcessedStore& store;
    GenerationId generation{};
};

/// Compares two sets of results, of any two stores, bit for bit, and the roll-ups of the first with
/// its rows. Returns the differences, at most `most`.
Result<std::vector<std::string>> CompareResults(
    const StoredResults& a, const StoredResults& b, size_t most
);

/// Compares two generations: every datastream's rows and roll-ups. Returns the differences, at most
/// `most`.
Result<std::vector<std::string>> CompareGenerations(
    ProcessedStore& processed, GenerationId a, GenerationId b, size_t most
);

}  // namespace tilth::pipeline
