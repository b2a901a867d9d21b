// Datastreams computed from others, row by row: a derived row stands wherever its source row
// stands, with its flag.
#pragma once

#include "base/result.h"
#include "model/site.h"

#include <span>
#include <vector>

namespace tilth::pipeline {

/// Puts the mean parameters of a named texture class in place, and checks kind and parameters.
/// kBadInput names what is wrong.
Status CompleteDerivation(Derivation& derivation);

/// The derived rows of source rows, appended in order. `raw_value` is the source's value, in its
/// unit; where the source is missing or the formula has no finite result, the value is missing.
///   matric_potential      van Genuchten's curve, kPa (soil/retention.h)
///   degree_of_saturation  theta / theta_s, 1 (soil/balance.h)
void Derive(
    const Derivation& derivation, std::span<const Observation> source, std::vector<Observation>& out
);

}  // namespace tilth::pipeline
