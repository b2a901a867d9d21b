#include "codec/ismn.h"

#include "codec/import_testing.h"

#include <cmath>

namespace tilth::codec {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kBareCr = "NET_NET_station-1_sm_0.050000_0.050000_EC5_20120817_20120818.stm";
constexpr const char* kMixed =
    "NET_NET_ARM-9_ts_0.000000_0.200000_Cosmic-ray-Probe_20170810_20170811.stm";
constexpr const char* kCeop = "NET_Village_CEOP_20070101_20070131.stm";

TEST(Ismn, BareCarriageReturnsEndLinesAndTheProviderFlagMayBeAbsent) {
    const Imported imported = Import(Sample(kBareCr), RequestFor(kBareCr));
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.format, "ismn-header-values");
    EXPECT_EQ(
        imported.Lines("volumetric_water_content@0.05m"),
        (Lines{
            "2012-08-17T15:00:00Z 0.1218",
            "2012-08-17T21:00:00Z 0.1349",
            "2012-08-17T22:00:00Z -0.1"})
    );
    const BlockColumn& column = imported.readings.columns.at(0);
    EXPECT_EQ(column.thing, "station-1");
    EXPECT_EQ(column.property, "volumetric_water_content");
    EXPECT_EQ(column.depth, 0.05);
    EXPECT_EQ(column.unit, "m3/m3");
    EXPECT_EQ(column.sensor, "EC5");
    const Thing& thing = imported.readings.things.at(0);
    EXPECT_EQ(thing.location.latitude, 38.43003);
    EXPECT_EQ(thing.location.longitude, -120.9675);
    EXPECT_EQ(thing.location.elevation, 155);
}

TEST(Ismn, MixedLineEndsLayersVariablesAndBadRows) {
    const Imported imported = Import(Sample(kMixed), RequestFor(kMixed));
    ASSERT_EQ(imported.error, "");
    const BlockColumn& column = imported.readings.columns.at(0);
    EXPECT_EQ(column.property, "soil_temperature");
    EXPECT_EQ(column.unit, "Cel");
    EXPECT_EQ(column.depth, 0.1) << "the middle of the layer";
    EXPECT_EQ(column.label, "0-0.2m");
    EXPECT_EQ(
        imported.Lines(column.channel),
        (Lines{"2017-08-10T00:00:00Z 0.141", "2017-08-10T01:00:00Z nan"})
    );
    ASSERT_EQ(imported.readings.bad.size(), 2u);
    EXPECT_EQ(imported.readings.bad[0].line, 4u);
    EXPECT_EQ(imported.readings.bad[1].line, 5u);
    EXPECT_EQ(imported.readings.bad[1].field, "x");
}

TEST(Ismn, CeopRowsCarryStationAndDepth) {
    const Imported imported = Import(Sample(kCeop), RequestFor(kCeop));
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.format, "ismn-ceop");
    EXPECT_EQ(
        imported.Lines("volumetric_water_content@0.05m"),
        (Lines{"2007-01-01T01:00:00Z 0.214", "2007-01-01T02:00:00Z 0.215"})
    );
    EXPECT_EQ(
        imported.Lines("volumetric_water_content@0.1m"), (Lines{"2007-01-01T01:00:00Z 0.224"})
    );
    EXPECT_EQ(imported.readings.things.at(0).name, "Village");
    ASSERT_EQ(imported.readings.bad_count, 1u);
    EXPECT_EQ(imported.readings.bad[0].line, 4u);
}

TEST(Ismn, PiecesAndBlocksOfAnySizeGiveTheSame) {
    for (const char* file : {kBareCr, kMixed, kCeop}) {
        ImportRequest request = RequestFor(file);
        const Imported whole = Import(Sample(file), request);
        for (const size_t rows : {1, 2, 3}) {
            for (const size_t piece : {1, 2, 5, 1000}) {
                request.rows_per_block = rows;
                const Imported cut = Import(Sample(file), request, {}, piece);
                ASSERT_EQ(cut.error, "");
                EXPECT_EQ(cut.readings.rows, whole.readings.rows);
                EXPECT_EQ(cut.Bad(), whole.Bad());
                for (const BlockColumn& column : whole.readings.columns) {
                    EXPECT_EQ(cut.Lines(column.channel), whole.Lines(column.channel));
                }
            }
        }
    }
}

TEST(Ismn, AThingMayBeNamed) {
    ImportRequest request = RequestFor(kBareCr);
    request.thing = "plot7";
    EXPECT_EQ(Import(Sample(kBareCr), request).readings.columns.at(0).thing, "plot7");
}

TEST(Ismn, WhatIsNoStationFileIsRefused) {
    EXPECT_NE(
        Import("no good data here", RequestFor("x.txt")).error.find("no format that is known"),
        std::string::npos
    );
    const Imported forced = Import("no good data here", RequestFor("x.txt"), "ismn-header-values");
    EXPECT_NE(forced.error.find("line 1: expected"), std::string::npos) << forced.error;
    EXPECT_TRUE(forced.blocks.empty());
    EXPECT_NE(
        Import("no good", RequestFor("x.txt"), "ismn-ceop").error.find("line 1"), std::string::npos
    );
    EXPECT_NE(
        Import(Sample(kBareCr), RequestFor("A_A_B_xx_0.05_0.05_S_1_2.stm")).error.find("\"xx\""),
        std::string::npos
    );
    EXPECT_NE(
        Import(Sample(kBareCr), RequestFor(kBareCr, "+01:00")).error.find("UTC"), std::string::npos
    );
}

/// Counts, sums and times found with a few lines of another program.
struct RealFile {
    const char* name;
    const char* channel;
    size_t count;
    double sum;
    const char* first;
    const char* last;
};

class RealIsmn : public testing::TestWithParam<RealFile> {};

TEST_P(RealIsmn, CountsTimesAndValuesAreTheFiles) {
    const RealFile& expected = GetParam();
    const auto path = TestDataPath(fmt::format("ismn_header_values/{}", expected.name));
    if (!path) GTEST_SKIP() << "TILTH_TEST_DATA has no " << expected.name;
    const Imported imported = Import(ReadFileBytes(*path), RequestFor(expected.name), {}, 4096);
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.readings.bad_count, 0u);
    const BlockColumn* const column = imported.Find(expected.channel);
    ASSERT_NE(column, nullptr);
    EXPECT_EQ(column->values.size(), expected.count);
    double sum = 0;
    for (const double value : column->values) sum += value;
    EXPECT_NEAR(sum, expected.sum, 1e-6);
    EXPECT_EQ(FormatRfc3339(column->times.front()), expected.first);
    EXPECT_EQ(FormatRfc3339(column->times.back()), expected.last);
}

INSTANTIATE_TEST_SUITE_P(
    Stations,
    RealIsmn,
    testing::Values(
        RealFile{
            "COSMOS_COSMOS_ARM-1_sm_0.000000_0.190000_Cosmic-ray-Probe_20170810_20180809.stm",
            "volumetric_water_content@0.095m#0-0.19m",
            6865,
            899.493000,
            "2017-08-10T00:00:00Z",
            "2018-08-09T23:00:00Z"},
        RealFile{
            "SCAN_SCAN_AAMU-jtg_sm_0.050800_0.050800_Hydraprobe-Analog-(2.5-Volt)_20070101_"
            "20131231.stm",
            "volumetric_water_content@0.05m",
            42895,
            10354.150000,
            "2007-03-22T21:00:00Z",
            "2013-09-23T09:00:00Z"},
        RealFile{
            "SCAN_SCAN_AdamsRanch#1_sm_0.050800_0.050800_Hydraprobe-Analog-(2.5-Volt)_20070101_"
            "20131231.stm",
            "volumetric_water_content@0.05m",
            57940,
            6213.485000,
            "2007-01-01T00:00:00Z",
            "2013-12-31T23:00:00Z"},
        RealFile{
            "SMOSMANIA_Narbonne_CEOP_20070101_20070131.stm",
            "volumetric_water_content@0.05m",
            741,
            128.513200,
            "2007-01-01T01:00:00Z",
            "2007-01-31T23:00:00Z"},
        RealFile{
            "SMOSMANIA_Narbonne_header_values_20070101_20070131.stm",
            "volumetric_water_content@0.05m",
            741,
            128.513200,
            "2007-01-01T01:00:00Z",
            "2007-01-31T23:00:00Z"},
        RealFile{
            "SOILSCAPE_SOILSCAPE_node414_sm_0.050000_0.050000_EC5_20070101_20131231.stm",
            "volumetric_water_content@0.05m",
            11615,
            2267.335600,
            "2012-08-17T15:00:00Z",
            "2013-12-31T23:00:00Z"},
        RealFile{
            "SOILSCAPE_SOILSCAPE_node505_sm_0.050000_0.050000_EC5_20070101_20131231.stm",
            "volumetric_water_content@0.05m",
            3676,
            1090.972400,
            "2012-12-14T19:00:00Z",
            "2013-09-07T02:00:00Z"}
    )
);

TEST(RealIsmnRefused, AMalformedFileIsNotTaken) {
    const auto path = TestDataPath("ismn_header_values/mal_formed_file.txt");
    if (!path) GTEST_SKIP() << "TILTH_TEST_DATA has no mal_formed_file.txt";
    EXPECT_NE(Import(ReadFileBytes(*path), RequestFor("mal_formed_file.txt")).error, "");
}

}  // namespace
}  // namespace tilth::codec
