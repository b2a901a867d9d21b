#include "qc/explain.h"

#include "qc/testing/series_test_kit.h"

namespace tilth::qc {
namespace {

/// "spike: ... | ..." of the first explanation by that name, or empty.
std::string Told(FedSeries& series, double hour, std::string_view test) {
    const auto all = Explain(series.checker, Reading(hour, 0).time, series.Around());
    if (!all) return all.error().message;
    for (const Explanation& one : *all) {
        if (one.name == test) return fmt::format("{} | {}", one.threshold, one.seen);
    }
    return "";
}

TEST(ExplainTest, ASpikeTellsItsNeighbours) {
    FedSeries series(HourlyStream("volumetric_water_content", "soil"));
    series.Feed(
        {Reading(0, 0.25), Reading(1, 0.45), Reading(2, 0.27), Reading(3, 0.27), Reading(4, 0.27)}
    );
    EXPECT_EQ(
        Told(series, 1, "spike"),
        "more than 0.1 from the mean of its neighbours fails | 0.45 between 0.25 and 0.27: 0.19"
    );
    EXPECT_EQ(Told(series, 3, "spike"), "");
}

TEST(ExplainTest, ARangeTellsTheValue) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    series.Feed({Reading(0, 70), Reading(1, 50)});
    EXPECT_EQ(Told(series, 0, "gross_range"), "outside -40 to 60 fails | 70");
    EXPECT_EQ(Told(series, 1, "gross_range"), "outside -20 to 45 is suspect | 50");
}

TEST(ExplainTest, AFlatLineTellsSinceWhenDaysLater) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    for (int hour = 0; hour < 80; ++hour) series.Feed({Reading(hour, 5)});
    EXPECT_EQ(Told(series, 47, "flat_line"), "");
    EXPECT_EQ(
        Told(series, 79, "flat_line"),
        "within 0.001 for 2d or longer is suspect | between 5 and 5 for at least 79h"
    );
}

TEST(ExplainTest, AConflictTellsTheOtherValue) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    series.Feed({Reading(0, 5), Reading(0, 6, 2)});
    EXPECT_NE(Told(series, 0, "conflict").find(" beside "), std::string::npos);
}

TEST(ExplainTest, AWrongClockAndAMissingValueAreTold) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    Arrival ahead = Reading(100, 5);
    ahead.received_at = kMarch;
    series.Feed({Reading(0, kNoValue), ahead});
    EXPECT_NE(Told(series, 100, "clock").find("2025-03-05T04:00:00Z"), std::string::npos);
    EXPECT_NE(Told(series, 0, "missing"), "");
}

TEST(ExplainTest, FrozenSoilTellsTheTemperature) {
    const Datastream warmth = HourlyStream("soil_temperature", "soil");
    FedSeries temperature(warmth);
    temperature.Feed({Reading(0, -1.5)});
    FedSeries water(HourlyStream("volumetric_water_content", "soil"));
    water.stored.AddCompanion(warmth.id, temperature.stored);
    water.Feed({Reading(1, 0.2)});
    EXPECT_EQ(
        Told(water, 1, "d01"),
        "soil temperature below 0 Cel is suspect | -1.5 Cel at 2025-03-01T00:00:00Z"
    );
}

/// What explanations say and what rows hold are computed in two ways; they must agree.
TEST(ExplainTest, AgreesWithTheBitsOfEveryRow) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    std::vector<Arrival> readings;
    for (int i = 0; i < 200; ++i) {
        const double value = i % 17 == 0 ? 30 : i % 23 == 0 ? kNoValue : i < 100 ? 4 : 0.01 * i;
        readings.push_back(Reading(i + (i % 40 == 0 ? 0.5 : 0), value, static_cast<Sequence>(i)));
    }
    series.Feed(readings);
    for (const Observation& row : series.stored.rows()) {
        TestSet objected;
        TestSet blind;
        const auto told = Explain(series.checker, row.time, series.Around());
        ASSERT_TRUE(told);
        for (const Explanation& one : *told) {
            if (one.test == 0) continue;
            (one.verdict == Verdict::kNotEvaluated ? blind : objected).Add(one.test);
        }
        EXPECT_EQ(objected, row.objected) << FormatRfc3339(row.time);
        EXPECT_EQ(blind, row.not_evaluated) << FormatRfc3339(row.time);
    }
}

TEST(ExplainTest, NoReadingIsSaid) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    EXPECT_EQ(Told(series, 0, "spike"), "there is no reading at 2025-03-01T00:00:00Z");
}

}  // namespace
}  // namespace tilth::qc
