// Why a reading has its flag: its tests, run again on the rows they saw.
#pragma once

#include "pipeline/commands.h"
#include "pipeline/processor.h"

namespace tilth::pipeline {

/// kNotFound: no such datastream, or no counting reading at this time.
Result<Explanation> ExplainReading(
    ProcessedStore& store, const ProcessingConfig& config, std::string_view datastream, Time time
);

}  // namespace tilth::pipeline
