// What the engine asks for when the resident state of a series is not enough. The pipeline answers
// from the processed store, inside the transaction that will write the engine's output.
#pragma once

#include "base/result.h"
#include "model/observation.h"
#include "qc/engine_types.h"

#include <vector>

namespace tilth::qc {

/// Answers are about the stored series, with everything the engine gave out before in this
/// transaction.
class RowSource {
  public:
    virtual ~RowSource() = default;

    /// Rows of [range.from, range.to), counting or not, and up to `before` counting rows ahead of
    /// it, in the order of the store: time, counts before not, reading id.
    virtual Result<std::vector<Observation>> Rows(TimeRange range, size_t before) = 0;
    /// The latest checkpoints before `time`, one a test.
    virtual Result<std::vector<SavedFold>> CheckpointsBefore(Time time) = 0;
    /// All at or after `time`, in time order.
    virtual Result<std::vector<SavedFold>> CheckpointsFrom(Time time) = 0;
    /// Rows of another datastream in [range.from, range.to). A companion whose readings are in the
    /// same transaction is best processed first; otherwise its change makes the dependent range
    /// dirty.
    virtual Result<std::vector<Observation>> CompanionRows(
        DatastreamId companion, TimeRange range
    ) = 0;
};

}  // namespace tilth::qc
