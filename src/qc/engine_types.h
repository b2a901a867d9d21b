// What goes into the engine and what comes out of it.
#pragma once

#include "base/time.h"
#include "model/ids.h"
#include "model/observation.h"
#include "qc/test.h"

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tilth::qc {

/// A reading as it comes from decoding and calibration.
struct Arrival {
    Time time{};                                              ///< Phenomenon time.
    double value = std::numeric_limits<double>::quiet_NaN();  ///< Calibrated; NaN: missing.
    double raw_value = std::numeric_limits<double>::quiet_NaN();
    int64_t number = 0;
    RawPosition raw;
    Time received_at = kNoArrival;  ///< Of a live record; kNoArrival for imports.
    SourceRank rank = SourceRank::kLive;
};

/// State of a fold after the last reading before `time`: store/processed_store.h's Checkpoint
/// without its datastream.
struct SavedFold {
    int test = 0;
    Time time{};
    std::string state;

    friend bool operator==(const SavedFold&, const SavedFold&) = default;
};

/// One stretch of a series to be replaced: all stored rows in the range by `count` rows.
struct ChangedPart {
    TimeRange range;
    bool tail_only = false;  ///< Every stored row in the range is provisional, or there is none.
    size_t first = 0;        ///< Index into SeriesOutput::rows.
    size_t count = 0;
};

/// What changed in a series. Empty parts: nothing. The object can be used again and keeps its
/// memory.
struct SeriesOutput {
    std::vector<ChangedPart> parts;  ///< Disjoint; in no order that matters.
    std::vector<Observation> rows;
    /// Replace all stored checkpoints at or after `checkpoints_from` by these; Time::max(): none
    /// changed.
    Time checkpoints_from = Time::max();
    std::vector<SavedFold> checkpoints;

    std::span<const Observation> RowsOf(const ChangedPart& part) const {
        return std::span(rows).subspan(part.first, part.count);
    }
    void Clear() {
        parts.clear();
        rows.clear();
        checkpoints.clear();
        checkpoints_from = Time::max();
    }
};

}  // namespace tilth::qc
