// How the results of one generation differ from those of another, which may be in another store:
// what a change of the configuration would change, and whether what is stored is what the raw
// stream says.
#pragma once

#include "pipeline/commands.h"
#include "store/processed_store.h"

#include <functional>
#include <map>
#include <string>

namespace tilth::pipeline {

/// One side of a comparison.
struct Results {
    ProcessedStore& store;
    GenerationId generation{};
};

struct DifferenceScope {
    std::string thing;  ///< Of the new or the old results; empty: all.
    TimeRange range;
    /// Rows of records after these were made by one of the two alone, since the other ended before
    /// them: they are left out. Of writers that are not here nothing is.
    std::map<WriterId, Sequence> upto;
};

/// Compares value, flag and tests of every reading that counts; a provisional flag, which the next
/// reading may change, equals any. Called now and then: false ends it early with kUnavailable.
Result<Difference> FindDifference(
    const Results& now,
    const Results& next,
    const DifferenceScope& scope,
    const std::function<bool()>& go_on
);

}  // namespace tilth::pipeline
