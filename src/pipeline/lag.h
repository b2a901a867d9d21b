// How far processing is behind the stream, told from the two stores alone: by any process, also
// when the one that should process is gone.
#pragma once

#include "store/processed_store.h"
#include "store/stream_store.h"

#include <array>
#include <optional>

namespace tilth::pipeline {

struct Lag {
    /// For each partition, the records of its writers behind its cursor. Writers number their
    /// records over all partitions, so that those of other partitions are among them: an upper
    /// bound, and 0 exactly when nothing is left.
    std::array<uint64_t, kPartitions> records{};
    uint64_t most = 0;           ///< The largest of them.
    std::optional<Time> oldest;  ///< When the oldest unprocessed record was received.
};

/// Of the active generation; everything is unprocessed where there is none.
Result<Lag> MeasureLag(StreamStore& stream, ProcessedStore& processed);

}  // namespace tilth::pipeline
