#include "query/plot.h"

#include "query/flagged_ranges.h"
#include "query/flags.h"
#include "query/gap_finder.h"
#include "query/page_reader.h"

#include <algorithm>

namespace tilth::query {
namespace {

/// With fewer rows than this, rows are read even where roll-ups would do: their times are exact.
constexpr uint64_t kFewRows = 50'000;
/// Flagged readings among rolled-up ones are looked for by at most so many queries.
constexpr size_t kFlaggedQueries = 12;

class PlotReader {
  public:
    PlotReader(ProcessedStore& store, const PlotRequest& request, TimeRange range)
        : store_(store),
          request_(request),
          range_(range),
          columns_{
              range,
              static_cast<int64_t>(std::max<size_t>(request.max_points / (request.raw ? 6 : 4), 1)
              )},
          good_(columns_, request.max_points, request.raw, false),
          flagged_(columns_, request.max_points, request.raw, true) {}

    Result<Plot> Read() {
        TILTH_TRY(const bool done, ReadFromRollups());
        if (!done) TILTH_CHECK(ReadRows(range_, request_.flags));
        plot_.flagged = flagged_.Added();
        const std::vector<Point> flagged = flagged_.Take();
        plot_.flagged_shown = flagged.size();
        const std::vector<Point> good = good_.Take();
        plot_.points.reserve(good.size() + flagged.size());
        std::merge(
            good.begin(),
            good.end(),
            flagged.begin(),
            flagged.end(),
            std::back_inserter(plot_.points),
            [](const Point& a, const Point& b) { return a.time < b.time; }
        );
        MarkGaps();
        return std::move(plot_);
    }

  private:
    void Add(const Observation& row) {
        (IsFlagged(row.flag) ? flagged_ : good_).Add(Point::Of(row));
        if (plot_.source == PlotSource::kRows) gaps_.Add(row.time);
    }

    Status ReadRows(TimeRange range, std::vector<QualityFlag> flags) {
        if (range.Empty()) return {};
        ObservationRequest ask;
        ask.datastream = request_.datastream;
        ask.range = range;
        ask.flags = std::move(flags);
        const auto visit = [this](std::span<const Observation> rows) {
            for (const Observation& row : rows) Add(row);
            return true;
        };
        return store_.ReadObservations(ask, visit, request_.generation);
    }

    /// False: roll-ups cannot answer, or need not.
    Result<bool> ReadFromRollups() {
        const bool day = columns_.Width() >= Length(RollupLevel::kDay);
        const RollupLevel level = day ? RollupLevel::kDay : RollupLevel::kHour;
        if (columns_.Width() < Length(level) || request_.raw || !WantsAllUnflagged(request_.flags))
            return false;
        TILTH_TRY(
            const std::vector<Rollup> rollups,
            store_.Rollups(request_.datastream, level, WholeBuckets(level), request_.generation)
        );
        uint64_t rows = 0;
        for (const Rollup& rollup : rollups) rows += rollup.count;
        if (rows <= kFewRows) return false;
        plot_.source = day ? PlotSource::kDaily : PlotSource::kHourly;
        const Time closed_until = rollups.back().start + Length(level);
        TILTH_CHECK(
            ReadRows({range_.from, std::min(rollups.front().start, range_.to)}, request_.flags)
        );
        for (const Rollup& rollup : rollups) Add(rollup);
        const std::vector<QualityFlag> flagged = FlaggedOf(request_.flags);
        if (!flagged.empty()) {
            for (const TimeRange& range : FlaggedRanges(rollups, level, kFlaggedQueries)) {
                TILTH_CHECK(ReadRows(range, flagged));
            }
        }
        TILTH_CHECK(ReadRows({closed_until, range_.to}, request_.flags));
        return true;
    }

    /// Buckets that lie in the range; what is left of it at both ends is read from rows.
    TimeRange WholeBuckets(RollupLevel level) const {
        const auto floor = level == RollupLevel::kDay ? FloorDay : FloorHour;
        return {floor(range_.from - Duration{1}) + Length(level), floor(range_.to)};
    }

    void Add(const Rollup& rollup) {
        if (rollup.good_count == 0) return;
        for (const double value : {rollup.first, rollup.min, rollup.max, rollup.last}) {
            good_.Add({.time = rollup.start, .value = value, .raw_value = std::nan("")});
        }
    }

    void MarkGaps() {
        const bool thinned = std::max(good_.Added(), flagged_.Added()) > request_.max_points;
        // Points that were kept of neighbouring columns are less than two widths apart.
        const Duration shortest = thinned ? 2 * columns_.Width() : Duration{};
        const std::vector<Time> middles =
            plot_.source == PlotSource::kRows ? GapsOfRows(shortest) : GapsOfRollups(shortest);
        for (const Time middle : middles) {
            plot_.points.push_back(
                {.time = middle, .value = std::nan(""), .raw_value = std::nan(""), .gap = true}
            );
        }
        std::ranges::stable_sort(plot_.points, {}, &Point::time);
    }

    std::vector<Time> GapsOfRows(Duration shortest) {
        plot_.gap = gaps_.Limit().value_or(GapFinder::kTimesSpacing * request_.cadence);
        std::vector<Time> middles;
        for (const TimeRange& gap : gaps_.Take()) {
            const Duration length = gap.to - gap.from;
            if (length > shortest) middles.push_back(gap.from + length / 2);
        }
        return middles;
    }

    /// Rows that are rolled up are many: their buckets stand side by side.
    std::vector<Time> GapsOfRollups(Duration shortest) {
        const bool day = plot_.source == PlotSource::kDaily;
        const Duration bucket = Length(day ? RollupLevel::kDay : RollupLevel::kHour);
        plot_.gap = std::max(GapFinder::kTimesSpacing * request_.cadence, shortest + bucket);
        std::vector<Time> middles;
        for (size_t i = 1; i < plot_.points.size(); ++i) {
            const Time before = plot_.points[i - 1].time;
            const Duration apart = plot_.points[i].time - before;
            if (apart > plot_.gap) middles.push_back(before + apart / 2);
        }
        return middles;
    }

    ProcessedStore& store_;
    const PlotRequest& request_;
    TimeRange range_;
    Columns columns_;
    Downsampler good_;
    Downsampler flagged_;
    GapFinder gaps_;
    Plot plot_;
};

}  // namespace

const char* Name(PlotSource source) {
    switch (source) {
        case PlotSource::kRows:
            return "rows";
        case PlotSource::kHourly:
            return "hourly";
        case PlotSource::kDaily:
            return "daily";
    }
    return "unknown";
}

Result<Plot> ReadPlot(ProcessedStore& store, const PlotRequest& request) {
    TimeRange range = request.range;
    if (range.from == Time::min() || range.to == Time::max()) {
        TILTH_TRY(
            const auto extent,
            ExtentOf(store, request.datastream, request.range, request.generation)
        );
        if (!extent) return Plot{};
        if (range.from == Time::min()) range.from = extent->first;
        if (range.to == Time::max()) range.to = extent->second + Duration{1};
    }
    if (range.Empty()) return Plot{};
    return PlotReader(store, request, range).Read();
}

}  // namespace tilth::query
