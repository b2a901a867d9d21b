// The incremental engine: keeps the flags of one datastream right as readings come, in whatever
// order.
//
// For any history of calls the stored rows equal those of one call with all readings in time order,
// bit for bit (design, promise 4). Readings behind the last one in time order use the resident
// state alone; late and replaced ones pull the rows around them, and what comes out is what
// changed.
//
// A row is provisional while a reading at the end of the series could still change its flag: while
// fewer rows follow than the tests look ahead and the last one is not as far ahead in time as they
// look. The wall clock has no part in it.
#pragma once

#include "model/manual_flag.h"
#include "qc/checker.h"
#include "qc/engine_types.h"
#include "qc/row_source.h"
#include "qc/series_state.h"

#include <memory>
#include <span>

namespace tilth::qc {

/// What surrounds a series during a call.
struct Surroundings {
    RowSource& source;
    /// Resident states of Checker::companions(), in that order, null for one that is not in memory;
    /// or empty. They spare a question to the source.
    std::span<const SeriesState* const> companions = {};
    /// Those of this datastream, in order (when, position): the last that covers a time holds.
    std::span<const ManualFlag> manual_flags = {};
};

/// Holds memory for working in; keeps nothing between calls. One per thread.
class Engine {
  public:
    Engine();
    ~Engine();

    /// Takes in readings of one datastream, in any order. A state that is not loaded is loaded
    /// first. `out` is what must be written before the next call for this series. An error is the
    /// source's; the state is then reset and `out` means nothing.
    Status Apply(
        const Checker& checker,
        std::span<const Arrival> arrivals,
        const Surroundings& around,
        SeriesState& state,
        SeriesOutput& out
    );

    /// Computes a range again because something the rows depend on changed: a companion
    /// (DependentRange), or a manual flag (its range). As Apply otherwise.
    Status Recompute(
        const Checker& checker,
        TimeRange range,
        const Surroundings& around,
        SeriesState& state,
        SeriesOutput& out
    );

    /// Loads the state from the source. Apply does it by itself.
    Status Restore(const Checker& checker, const Surroundings& around, SeriesState& state);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::qc
