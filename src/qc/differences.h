// What must be written so that stored rows become computed ones.
#pragma once

#include "qc/engine_types.h"

#include <span>

namespace tilth::qc {

/// Appends to `out` the stretches where the two differ. Both are in time order; rows at one time
/// are compared together. Stretches that nearly touch become one.
void AppendDifferences(
    std::span<const Observation> stored, std::span<const Observation> computed, SeriesOutput& out
);

}  // namespace tilth::qc
