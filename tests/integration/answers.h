// Every answer of a processed store as lines of text, so that two stores can be compared to the
// bit.
#pragma once

#include "store/processed_store.h"

#include <string>
#include <vector>

namespace tilth {

using Lines = std::vector<std::string>;

/// Every answer of the store about this generation but tokens, versions and bytes on disk.
Lines Everything(ProcessedStore& store, GenerationId generation);

/// The views a person sees: columns and every cell.
Lines Views(ProcessedStore& store);

/// Fails with the first lines that differ.
void ExpectTheSame(const Lines& embedded, const Lines& server);

}  // namespace tilth
