#include "query/export.h"

#include "query/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::query {
namespace {

using std::chrono::minutes;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::Row;
using ::testing::StartsWith;

TestSet Objected(int test) {
    TestSet tests;
    tests.Add(test);
    return tests;
}

class ExportTest : public ::testing::Test {
  protected:
    ExportTest() {
        store_.AddThing({.name = "node, 1", .description = "", .device = "n1", .location = {}});
        Datastream datastream;
        datastream.thing = "node, 1";
        datastream.property = "soil_temperature";
        datastream.depth = 0.05;
        datastream.unit = "Cel";
        datastream.cadence = minutes{5};
        datastream_ = store_.AddDatastream(datastream);
        store_.AddRows(
            datastream_.id,
            {Row(kStart, 12.5),
             Row(kStart + minutes{5}, 99, QualityFlag::kFail, Objected(3)),
             Row(kStart + minutes{10}, std::nan(""), QualityFlag::kMissing),
             Row(kStart + minutes{120}, 13)}
        );
        query_.datastreams = {datastream_};
    }

    std::string All() {
        const auto source = OpenObservations(store_, catalog_, names_, query_).value();
        std::string out;
        while (source->Next(out).value()) {
        }
        return out;
    }

    const Time kStart = ParseRfc3339("2025-05-01T06:00:00Z").value();
    testing::MemoryStore store_;
    ManualClock clock_{kStart};
    Catalog catalog_{store_, clock_};
    TestName names_ = [](int test) { return fmt::format("test_{}", test); };
    Datastream datastream_;
    ObservationQuery query_;
};

TEST_F(ExportTest, CsvHasTheColumnsOfEveryWayOut) {
    query_.format = Format::kCsv;
    EXPECT_EQ(
        All(),
        "phenomenon_time,thing,property,depth,unit,value,raw_value,flag,tests\n"
        "2025-05-01T06:00:00Z,\"node, 1\",soil_temperature,0.05,Cel,12.5,125,good,\n"
        "2025-05-01T06:05:00Z,\"node, 1\",soil_temperature,0.05,Cel,99,990,fail,test_3\n"
        "2025-05-01T06:10:00Z,\"node, 1\",soil_temperature,0.05,Cel,,,missing,\n"
        "2025-05-01T08:00:00Z,\"node, 1\",soil_temperature,0.05,Cel,13,130,good,\n"
    );
}

TEST_F(ExportTest, JsonIsThatOfTheApiPage) {
    EXPECT_EQ(
        All(),
        fmt::format(
            R"({{"series":[{{"datastream":{{"id":"{}","name":"node, 1/soil_temperature@0.05m","thing":"node, 1",)"
            R"("property":"soil_temperature","depth":0.05,"unit":"Cel"}},)"
            R"("columns":["time","value","flag","tests"],"source":"rows","gap_seconds":null,"rows":[)"
            R"(["2025-05-01T06:00:00Z",12.5,"good",[]],["2025-05-01T06:05:00Z",99,"fail",["test_3"]],)"
            R"(["2025-05-01T06:10:00Z",null,"missing",[]],["2025-05-01T08:00:00Z",13,"good",[]]]}}],)"
            R"("from":null,"to":null,"generation":1,"token":"1"}})"
            "\n",
            Raw(datastream_.id)
        )
    );
}

TEST_F(ExportTest, ADownSampledSeriesMarksItsGapAndCountsItsFlags) {
    query_.max_points = 100;
    query_.raw = true;
    const std::string json = All();
    EXPECT_THAT(json, HasSubstr(R"("source":"rows","gap_seconds":900,)"));
    EXPECT_THAT(json, HasSubstr(R"(["2025-05-01T07:05:00Z",null,null,[],null],)"));
    EXPECT_THAT(
        json,
        HasSubstr(R"(["2025-05-01T08:00:00Z",13,"good",[],130]],"flagged":{"total":2,"shown":2}})")
    );
}

TEST_F(ExportTest, AggregatesNameTheirColumns) {
    query_.every = Every::Parse("hour").value();
    query_.aggregates = {Aggregate::kMax, Aggregate::kSd};
    EXPECT_THAT(
        All(),
        HasSubstr(
            R"("every":"1h","columns":["time","max","sd"],"rows":[["2025-05-01T06:00:00Z",12.5,null],)"
        )
    );
    query_.format = Format::kCsv;
    EXPECT_THAT(
        All(),
        StartsWith(
            "time,thing,property,depth,unit,max,sd\n2025-05-01T06:00:00Z,\"node, 1\",soil_temp"
        )
    );
    EXPECT_THAT(All(), EndsWith("Cel,13,\n"));
}

TEST_F(ExportTest, AnOpenEndedSeriesOfAnySizeComesWhole) {
    std::vector<Observation> rows;
    for (int i = 1; i <= 200'000; ++i)
        rows.push_back(Row(kStart + minutes{200} + i * Duration{1001}, i));
    rows.push_back(Row(kStart + std::chrono::days{3000}, 7));
    store_.AddRows(datastream_.id, rows);
    query_.format = Format::kCsv;
    const std::string csv = All();
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 4 + 200'001);
    EXPECT_THAT(csv, EndsWith("Cel,7,70,good,\n"));
}

TEST_F(ExportTest, ALimitIsKept) {
    query_.format = Format::kCsv;
    query_.limit = 2;
    const std::string csv = All();
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
}

TEST_F(ExportTest, WhatDoesNotGoTogetherIsRefused) {
    query_.every = Every::Parse("hour").value();
    query_.max_points = 100;
    EXPECT_EQ(OpenObservations(store_, catalog_, names_, query_).error().fault, Fault::kBadInput);
}

TEST_F(ExportTest, AnErrorOnTheWayEndsTheAnswer) {
    const auto source = OpenObservations(store_, catalog_, names_, query_).value();
    store_.FailWith({Fault::kUnavailable, "away"});
    std::string out;
    EXPECT_EQ(source->Next(out).error().fault, Fault::kUnavailable);
}

}  // namespace
}  // namespace tilth::query
