// A series as a plot needs it: no more points than can be seen, every flagged reading seen, gaps
// marked.
#pragma once

#include "query/m4.h"
#include "store/processed_store.h"

namespace tilth::query {

struct PlotRequest {
    DatastreamId datastream{};
    TimeRange range;                 ///< Open ends: the series' own
    std::vector<QualityFlag> flags;  ///< Those wanted; empty: all
    size_t max_points = 4000;        ///< Of unflagged ones, at least 4
    bool raw = false;                ///< Keep the extremes of raw values too
    Duration cadence{};              ///< For telling a gap where the rows do not
    GenerationId generation{};
};

enum class PlotSource : uint8_t { kRows, kHourly, kDaily };
/// "rows", "hourly", "daily"
const char* Name(PlotSource source);

struct Plot {
    PlotSource source = PlotSource::kRows;
    Duration gap{};  ///< What would be a gap after the last point; gap_finder.h says what one is
    std::vector<Point> points;
    size_t flagged = 0;  ///< Suspect, fail or missing, in the range
    size_t flagged_shown = 0;
};

/// Unflagged readings by M4 in max_points/4 columns, from roll-ups where a column is at least as
/// wide as their buckets and there are many rows; a value of a roll-up has the time of its bucket's
/// start. Flagged readings are added: all up to max_points, above that the extremes of each flag in
/// each column.
Result<Plot> ReadPlot(ProcessedStore& store, const PlotRequest& request);

}  // namespace tilth::query
