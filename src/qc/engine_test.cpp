#include "qc/engine.h"

#include "qc/testing/series_test_kit.h"

namespace tilth::qc {
namespace {

using std::chrono::hours;

constexpr const char* kWater = "volumetric_water_content";

std::vector<Arrival> Hours(size_t count, double value = 0.25) {
    std::vector<Arrival> readings;
    for (size_t i = 0; i < count; ++i) {
        const double wobble = 0.001 * static_cast<double>(i % 3);
        readings.push_back(Reading(static_cast<double>(i), value + wobble, i + 1));
    }
    return readings;
}

TEST(EngineTest, ReadingsAtTheEndAskNothingOfTheStore) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    series.state.StartEmpty();
    for (const Arrival& reading : Hours(300, 12)) series.Feed({reading});
    EXPECT_EQ(series.stored.TakeQuestions(), 0u);
    EXPECT_LE(series.state.MemoryBytes(), 2048u);
}

TEST(EngineTest, OnlyTheLastRowIsProvisionalAndItIsWrittenAgainOnce) {
    FedSeries series(HourlyStream(kWater, "soil"));
    series.Feed(Hours(5));
    EXPECT_FALSE(series.At(3).provisional);
    EXPECT_TRUE(series.At(4).provisional);
    series.Feed({Reading(5, 0.25)});
    ASSERT_EQ(series.out.parts.size(), 1u);
    EXPECT_TRUE(series.out.parts[0].tail_only);
    EXPECT_EQ(series.out.parts[0].range.from, Reading(4, 0).time);
    EXPECT_EQ(series.out.rows.size(), 2u);
}

TEST(EngineTest, ALaterReadingTurnsAPeakIntoASpike) {
    FedSeries series(HourlyStream(kWater, "soil"));
    series.Feed({Reading(0, 0.25), Reading(1, 0.5)});
    EXPECT_FALSE(series.Objected(1, TestNumber::kSpike));
    EXPECT_TRUE(series.At(1).not_evaluated.Has(static_cast<int>(TestNumber::kSpike)));
    series.Feed({Reading(2, 0.25)});
    EXPECT_TRUE(series.Objected(1, TestNumber::kSpike));
    EXPECT_EQ(series.At(1).flag, QualityFlag::kFail);
}

TEST(EngineTest, ALateReadingChangesWhatItTouchesAndNothingElse) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    std::vector<Arrival> readings = Hours(24 * 60, 12);
    const Arrival late = readings[700];
    readings.erase(readings.begin() + 700);
    series.Feed(readings);
    series.stored.TakeRowsRead();
    series.Feed({late});
    ASSERT_EQ(series.out.parts.size(), 1u);
    EXPECT_LE(series.out.rows.size(), 3u);
    EXPECT_TRUE(series.out.parts[0].range.Contains(late.time));
    EXPECT_TRUE(series.out.parts[0].tail_only) << "no row stood there, so there is none to replace";
    EXPECT_LE(series.stored.TakeRowsRead(), 24u * 8);
}

TEST(EngineTest, ALateReadingThatChangesAFinalRowSaysSo) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    std::vector<Arrival> readings = Hours(24 * 60, 12);
    Arrival late = readings[700];
    readings.erase(readings.begin() + 700);
    series.Feed(readings);
    late.value += 30;  // its neighbours, or itself, become something else
    late.raw_value += 30;
    series.Feed({late});
    Arrival again = late;
    again.rank = SourceRank::kManual;
    series.Feed({again});
    ASSERT_EQ(series.out.parts.size(), 1u);
    EXPECT_FALSE(series.out.parts[0].tail_only);
}

TEST(EngineTest, TheSameReadingAgainChangesNothing) {
    FedSeries series(HourlyStream(kWater, "soil"));
    const auto readings = Hours(100);
    series.Feed(readings);
    const auto rows = series.stored.rows();
    series.Feed({readings.back()});
    EXPECT_TRUE(series.out.parts.empty());
    series.Feed(readings);
    EXPECT_TRUE(series.out.parts.empty());
    EXPECT_EQ(series.stored.rows(), rows);
}

TEST(EngineTest, AHigherRankTakesThePlaceAndTheOtherIsKept) {
    FedSeries series(HourlyStream(kWater, "soil"));
    series.Feed(Hours(10));
    Arrival corrected = Reading(5, 0.3, 99);
    corrected.rank = SourceRank::kCorrectedFile;
    corrected.received_at = kNoArrival;
    series.Feed({corrected});
    EXPECT_EQ(series.stored.rows().size(), 11u);
    EXPECT_EQ(series.At(5).value, 0.3);
    EXPECT_FALSE(series.Objected(5, TestNumber::kConflict));
}

TEST(EngineTest, AConflictMakesTheCountingReadingSuspect) {
    FedSeries series(HourlyStream(kWater, "soil"));
    series.Feed(Hours(10));
    series.Feed({Reading(5, 0.2601, 99)});
    EXPECT_TRUE(series.Objected(5, TestNumber::kConflict));
    EXPECT_EQ(series.At(5).flag, QualityFlag::kSuspect);
}

TEST(EngineTest, AWrongClockStandsApartAndDisturbsNobody) {
    FedSeries series(HourlyStream("soil_temperature", "soil"));
    series.Feed(Hours(10));
    Arrival old = Reading(0, 0.9);
    old.time = Time{} + hours{5};
    Arrival ahead = Reading(500, 0.9);
    ahead.received_at = Reading(10, 0).time;
    series.Feed({old, ahead});
    EXPECT_EQ(series.stored.rows().front().flag, QualityFlag::kFail);
    EXPECT_EQ(series.stored.rows().back().flag, QualityFlag::kFail);
    EXPECT_FALSE(series.stored.rows().back().provisional);
    series.stored.TakeQuestions();
    series.Feed({Reading(10, 0.25)});
    EXPECT_EQ(series.stored.TakeQuestions(), 0u)
        << "a reading ahead of time must not make others late";
    EXPECT_EQ(series.At(10).flag, QualityFlag::kGood);
}

TEST(EngineTest, AnErrorCodeIsNoNeighbour) {
    FedSeries series(HourlyStream(kWater, "soil"));
    auto readings = Hours(10);
    readings[5].value = readings[5].raw_value = -9999;
    series.Feed(readings);
    EXPECT_EQ(series.At(5).flag, QualityFlag::kFail);
    EXPECT_TRUE(series.Objected(5, TestNumber::kSentinel));
    EXPECT_FALSE(series.Objected(5, TestNumber::kSpike));
    EXPECT_EQ(series.At(4).flag, QualityFlag::kGood);
    EXPECT_TRUE(series.At(4).not_evaluated.Has(static_cast<int>(TestNumber::kSpike)));
}

TEST(EngineTest, WithoutAUnitNothingIsGuessed) {
    Datastream stream = HourlyStream(kWater, "soil");
    stream.unit = "";
    FedSeries series(stream);
    series.Feed({Reading(0, 25), Reading(1, 25), Reading(2, 26)});
    EXPECT_EQ(series.At(1).flag, QualityFlag::kGood) << "by sentinel and gap";
    EXPECT_TRUE(series.At(1).not_evaluated.Has(static_cast<int>(TestNumber::kGrossRange)));
    EXPECT_FALSE(series.Objected(1, TestNumber::kGrossRange));
}

TEST(EngineTest, NumbersAreInTheDatastreamsUnit) {
    Datastream stream = HourlyStream(kWater, "soil");
    stream.unit = "%";
    FedSeries series(stream);
    series.Feed({Reading(0, 25), Reading(1, 61), Reading(2, 101)});
    EXPECT_EQ(series.At(0).flag, QualityFlag::kGood);
    EXPECT_EQ(series.At(2).flag, QualityFlag::kFail);
}

ManualFlag Judgement(double from, double to, QualityFlag flag, bool withdraw = false) {
    ManualFlag manual;
    manual.range = {Reading(from, 0).time, Reading(to, 0).time};
    manual.flag = flag;
    manual.withdraw = withdraw;
    return manual;
}

TEST(EngineTest, TheLastManualFlagHoldsAndKeepsWhatTheTestsSaid) {
    FedSeries series(HourlyStream(kWater, "soil"));
    auto readings = Hours(20);
    readings[8].value = 0.7;
    series.Feed(readings);
    series.manual = {
        Judgement(5, 12, QualityFlag::kFail),
        Judgement(8, 9, QualityFlag::kGood),
        Judgement(10, 11, QualityFlag::kGood, true),
    };
    series.Recompute({Reading(5, 0).time, Reading(12, 0).time});
    EXPECT_EQ(series.At(5).flag, QualityFlag::kFail);
    EXPECT_EQ(series.At(5).manual_flag, 1u);
    EXPECT_EQ(series.At(8).flag, QualityFlag::kGood);
    EXPECT_EQ(series.At(8).manual_flag, 2u);
    EXPECT_TRUE(series.Objected(8, TestNumber::kGrossRange));
    EXPECT_EQ(series.At(10).flag, QualityFlag::kGood);
    EXPECT_EQ(series.At(10).manual_flag, 0u);
    EXPECT_EQ(series.At(12).manual_flag, 0u);
}

TEST(EngineTest, AManualFlagReachesReadingsOutsideTheSeries) {
    FedSeries series(HourlyStream(kWater, "soil"));
    Arrival old = Reading(0, 0.2);
    old.time = Time{} + hours{5};
    Arrival ahead = Reading(500, 0.2);
    ahead.received_at = kMarch;
    series.Feed({old, ahead, Reading(0, 0.25), Reading(1, 0.25)});
    series.manual = {Judgement(-1e6, 1e6, QualityFlag::kGood)};
    series.Recompute({Time::min(), Time::max()});
    for (const Observation& row : series.stored.rows()) EXPECT_EQ(row.manual_flag, 1u);
}

TEST(EngineTest, WhatACompanionChangesIsInItsDependentRange) {
    const Datastream warmth = HourlyStream("soil_temperature", "soil");
    FedSeries temperature(warmth);
    temperature.Feed({Reading(0, 3), Reading(1, 2), Reading(2, 1), Reading(3, 1), Reading(9, 1)});
    FedSeries water(HourlyStream(kWater, "soil"));
    water.stored.AddCompanion(warmth.id, temperature.stored);
    water.Feed(Hours(10));
    ASSERT_EQ(water.checker.companions().size(), 1u);
    EXPECT_EQ(water.checker.companions()[0].id, warmth.id);

    Arrival frozen = Reading(3, -2);
    frozen.rank = SourceRank::kManual;
    temperature.Feed({frozen});
    for (const ChangedPart& part : temperature.out.parts) {
        water.Recompute(DependentRange(part.range, water.checker.companions()[0]));
    }
    EXPECT_FALSE(water.Objected(2, TestNumber::kD01));
    EXPECT_TRUE(water.Objected(3, TestNumber::kD01));
    EXPECT_TRUE(water.Objected(6, TestNumber::kD01)) << "no newer temperature within the tolerance";
    EXPECT_FALSE(water.Objected(7, TestNumber::kD01));
}

class BrokenSource final : public RowSource {
  public:
    Result<std::vector<Observation>> Rows(TimeRange, size_t) override { return Away(); }
    Result<std::vector<SavedFold>> CheckpointsBefore(Time) override { return Away(); }
    Result<std::vector<SavedFold>> CheckpointsFrom(Time) override { return Away(); }
    Result<std::vector<Observation>> CompanionRows(DatastreamId, TimeRange) override {
        return Away();
    }

  private:
    static std::unexpected<Error> Away() { return Fail(Fault::kUnavailable, "the store is away"); }
};

TEST(EngineTest, AnErrorOfTheStoreComesBackAndTheStateIsForgotten) {
    FedSeries series(HourlyStream(kWater, "soil"));
    series.Feed(Hours(50));
    BrokenSource broken;
    const std::vector<Arrival> late{Reading(7.5, 0.2)};
    const Status status =
        series.engine.Apply(series.checker, late, {broken}, series.state, series.out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().fault, Fault::kUnavailable);
    EXPECT_FALSE(series.state.loaded());
    series.Feed(late);
    EXPECT_EQ(series.stored.rows().size(), 51u);
}

}  // namespace
}  // namespace tilth::qc
