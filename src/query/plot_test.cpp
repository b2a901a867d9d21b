#include "query/plot.h"

#include "base/random.h"
#include "query/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::query {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Row;

const Time kStart = ParseRfc3339("2024-01-01T00:00:00Z").value();
constexpr DatastreamId kId{7};

std::vector<Observation> Noise(size_t count, Duration step) {
    Random random(1);
    std::vector<Observation> rows;
    for (size_t i = 0; i < count; ++i)
        rows.push_back(Row(kStart + static_cast<int64_t>(i) * step, random.Normal()));
    return rows;
}

PlotRequest Ask(TimeRange range, size_t max_points, Duration cadence = minutes{1}) {
    return {kId, range, {}, max_points, false, cadence, GenerationId{1}};
}

/// Of each column the first, last, least and greatest value.
std::vector<std::array<double, 4>> Extremes(const std::vector<Point>& points, Columns columns) {
    std::map<int64_t, std::array<double, 4>> by_column;
    for (const Point& point : points) {
        if (point.gap) continue;
        auto& e = by_column
                      .try_emplace(
                          columns.Of(point.time),
                          std::array{point.value, point.value, point.value, point.value}
                      )
                      .first->second;
        e = {e[0], point.value, std::min(e[2], point.value), std::max(e[3], point.value)};
    }
    std::vector<std::array<double, 4>> all;
    for (const auto& [column, e] : by_column) all.push_back(e);
    return all;
}

TEST(Plot, KeepsEveryColumnsExtremes) {
    testing::MemoryStore store;
    const auto rows = Noise(10'000, minutes{1});
    store.AddRows(kId, rows);
    const TimeRange range{kStart, kStart + minutes{10'000}};
    const Plot plot = ReadPlot(store, Ask(range, 400)).value();
    EXPECT_EQ(plot.source, PlotSource::kRows);
    EXPECT_LE(plot.points.size(), 400u);
    std::vector<Point> all;
    for (const Observation& row : rows) all.push_back(Point::Of(row));
    EXPECT_EQ(Extremes(plot.points, {range, 100}), Extremes(all, {range, 100}));
    EXPECT_TRUE(std::is_sorted(plot.points.begin(), plot.points.end(), [](auto& a, auto& b) {
        return a.time < b.time;
    }));
}

TEST(Plot, ReturnsEveryRowWhenThereAreFew) {
    testing::MemoryStore store;
    store.AddRows(kId, Noise(50, minutes{1}));
    const Plot plot = ReadPlot(store, Ask({}, 100)).value();
    EXPECT_EQ(plot.points.size(), 50u);
}

TEST(Plot, UsesRollupsForALongRangeAndRowsForItsOpenEnds) {
    testing::MemoryStore store;
    const auto rows = Noise(60'000, minutes{1});  // 41 days and 16 hours
    store.AddRows(kId, rows);
    const TimeRange range{kStart + minutes{30}, kStart + minutes{60'000}};
    const Plot plot = ReadPlot(store, Ask(range, 400)).value();  // A column is ten hours
    EXPECT_EQ(plot.source, PlotSource::kHourly);
    EXPECT_LT(store.RowsRead(), 1000u);
    const auto shown = std::minmax_element(
        plot.points.begin(), plot.points.end(), [](auto& a, auto& b) { return a.value < b.value; }
    );
    const auto true_ones = std::minmax_element(rows.begin() + 30, rows.end(), [](auto& a, auto& b) {
        return a.value < b.value;
    });
    EXPECT_EQ(shown.first->value, true_ones.first->value);
    EXPECT_EQ(shown.second->value, true_ones.second->value);
    EXPECT_EQ(plot.points.front().value, rows[30].value);
    EXPECT_EQ(plot.points.back().value, rows.back().value);
}

TEST(Plot, NeverLosesAFlaggedReading) {
    testing::MemoryStore store;
    auto rows = Noise(60'000, minutes{1});
    for (const size_t i : {5u, 777u, 30'001u, 59'999u}) rows[i].flag = QualityFlag::kFail;
    store.AddRows(kId, rows);
    for (const size_t max_points : {40u, 400u, 40'000u}) {
        const Plot plot =
            ReadPlot(store, Ask({kStart, kStart + minutes{60'000}}, max_points)).value();
        EXPECT_EQ(plot.flagged, 4u);
        EXPECT_EQ(plot.flagged_shown, 4u);
        EXPECT_EQ(
            std::count_if(
                plot.points.begin(),
                plot.points.end(),
                [](auto& p) { return p.flag == QualityFlag::kFail; }
            ),
            4
        );
    }
}

TEST(Plot, ThinsAFloodOfFlaggedReadingsByColumnAndFlag) {
    testing::MemoryStore store;
    auto rows = Noise(10'000, minutes{1});
    for (size_t i = 0; i < rows.size(); ++i)
        rows[i].flag = i % 2 ? QualityFlag::kFail : QualityFlag::kSuspect;
    store.AddRows(kId, rows);
    const TimeRange range{kStart, kStart + minutes{10'000}};
    const Plot plot = ReadPlot(store, Ask(range, 400)).value();
    EXPECT_EQ(plot.flagged, 10'000u);
    EXPECT_EQ(plot.flagged_shown, plot.points.size());
    EXPECT_LE(plot.flagged_shown, 800u);
    for (const QualityFlag flag : {QualityFlag::kFail, QualityFlag::kSuspect}) {
        std::vector<Point> shown;
        std::vector<Point> all;
        for (const Point& point : plot.points)
            if (point.flag == flag) shown.push_back(point);
        for (const Observation& row : rows)
            if (row.flag == flag) all.push_back(Point::Of(row));
        EXPECT_EQ(Extremes(shown, {range, 100}), Extremes(all, {range, 100}));
    }
}

TEST(Plot, MarksGapsAndOnlyGaps) {
    testing::MemoryStore store;
    auto rows = Noise(100, minutes{1});
    rows.erase(rows.begin() + 50, rows.begin() + 60);
    store.AddRows(kId, rows);
    const Plot plot = ReadPlot(store, Ask({}, 1000)).value();
    EXPECT_EQ(plot.points.size(), 91u);
    EXPECT_TRUE(plot.points[50].gap);
    EXPECT_TRUE(std::isnan(plot.points[50].value));
    EXPECT_EQ(
        std::count_if(plot.points.begin(), plot.points.end(), [](auto& p) { return p.gap; }), 1
    );
}

TEST(Plot, HourlyHistoryBesideALiveStreamIsNoRowOfGaps) {
    testing::MemoryStore store;
    auto rows = Noise(100, std::chrono::hours{1});
    for (int i = 1; i <= 100; ++i) {
        Observation live = rows.back();
        live.time = rows[99].time + minutes{20} + std::chrono::seconds{10 * i};
        rows.push_back(live);
    }
    store.AddRows(kId, rows);
    const Plot plot = ReadPlot(store, Ask({}, 1000, std::chrono::seconds{10})).value();
    EXPECT_TRUE(std::none_of(plot.points.begin(), plot.points.end(), [](auto& p) { return p.gap; })
    );
    EXPECT_EQ(plot.gap, std::chrono::seconds{30});
}

TEST(Plot, ShowsOnlyTheFlagsAskedFor) {
    testing::MemoryStore store;
    auto rows = Noise(60'000, minutes{1});
    rows[100].flag = QualityFlag::kFail;
    store.AddRows(kId, rows);
    PlotRequest request = Ask({kStart, kStart + minutes{60'000}}, 400);
    request.flags = {QualityFlag::kGood, QualityFlag::kNotEvaluated};
    EXPECT_EQ(ReadPlot(store, request).value().flagged, 0u);
    request.flags = {QualityFlag::kFail};
    EXPECT_EQ(ReadPlot(store, request).value().points.size(), 1u);
}

TEST(Plot, KeepsTheExtremesOfRawValuesWhenAsked) {
    testing::MemoryStore store;
    auto rows = Noise(10'000, minutes{1});
    rows[1234].raw_value = 1e6;
    store.AddRows(kId, rows);
    PlotRequest request = Ask({kStart, kStart + minutes{10'000}}, 60);
    request.raw = true;
    const Plot plot = ReadPlot(store, request).value();
    EXPECT_TRUE(std::any_of(plot.points.begin(), plot.points.end(), [](auto& p) {
        return p.raw_value == 1e6;
    }));
}

TEST(Plot, OfNothingIsEmptyAndAStoresErrorIsPassedOn) {
    testing::MemoryStore store;
    EXPECT_TRUE(ReadPlot(store, Ask({}, 100)).value().points.empty());
    EXPECT_TRUE(ReadPlot(store, Ask({kStart, kStart}, 100)).value().points.empty());
    store.FailWith({Fault::kUnavailable, "away"});
    EXPECT_EQ(ReadPlot(store, Ask({}, 100)).error().fault, Fault::kUnavailable);
}

}  // namespace
}  // namespace tilth::query
