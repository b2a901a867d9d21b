#include "codec/meter_csv.h"

#include "codec/import_testing.h"
#include "codec/inflate.h"
#include "codec/meter.h"

#include <cmath>

namespace tilth::codec {
namespace {

using Lines = std::vector<std::string>;

Imported ImportSample(
    std::string_view columns = kProcessedColumns, std::string_view zone = "-05:00"
) {
    ImportRequest request = RequestFor("plot_z6-12345_2024.csv", zone);
    request.columns = columns;
    return Import(Sample("meter_zl6.csv"), request);
}

TEST(MeterCsv, VendorValuesAreReadInTheLoggersTimeZone) {
    const Imported imported = ImportSample();
    EXPECT_EQ(imported.error, "");
    EXPECT_EQ(imported.format, "meter-zl6-csv");
    const BlockColumn* const vwc = imported.Find("p2_teros12_vwc_m3m3_10cm");
    ASSERT_NE(vwc, nullptr);
    EXPECT_EQ(vwc->thing, "z6-12345") << "the serial number in the file's name";
    EXPECT_EQ(vwc->property, "volumetric_water_content");
    EXPECT_EQ(vwc->unit, "m3/m3");
    EXPECT_EQ(vwc->depth, 0.1);
    EXPECT_EQ(vwc->sensor, "teros12");
    EXPECT_EQ(
        imported.Lines("p2_teros12_vwc_m3m3_10cm"),
        (Lines{
            "2024-03-10T06:00:00Z 0.25",
            "2024-03-10T07:00:00Z 0.26",
            "2024-03-10T08:00:00Z 0.27",
            "2024-03-10T09:00:00Z 0.27",
        })
    );
    EXPECT_EQ(vwc->rows, (std::vector<uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(imported.readings.rows, 6u);
}

TEST(MeterCsv, ASensorErrorIsAMissingReadingAndAnEmptyCellIsNone) {
    const Imported imported = ImportSample();
    EXPECT_EQ(imported.Lines("p1_teros21_matric_kPa_10cm").at(1), "2024-03-10T07:00:00Z nan");
    EXPECT_EQ(imported.Lines("p7_battery_batt_pct").size(), 3u);
}

TEST(MeterCsv, TheKindOfEcMakesTwoDatastreams) {
    const Imported imported = ImportSample();
    const BlockColumn* const satext = imported.Find("p2_teros12_ec_10cm");
    const BlockColumn* const bulk = imported.Find("p2_teros12_ec_10cm#bulk");
    ASSERT_TRUE(satext != nullptr && bulk != nullptr);
    EXPECT_EQ(satext->property, "saturation_extract_electrical_conductivity");
    EXPECT_EQ(satext->values, (std::vector<double>{0.125, 0}));
    EXPECT_EQ(bulk->property, "bulk_electrical_conductivity");
    EXPECT_EQ(bulk->values, (std::vector<double>{0.5, 0.5}));
}

TEST(MeterCsv, TwoThermometersAtOneDepthAreTwoDatastreams) {
    const Imported imported = ImportSample();
    EXPECT_EQ(imported.Find("p1_teros21_soil_temp_C_10cm")->label, "teros21");
    EXPECT_EQ(imported.Find("p2_teros12_soil_temp_C_10cm")->label, "");
}

TEST(MeterCsv, WhatCannotBeReadIsReportedWithLineAndColumn) {
    const Imported imported = ImportSample();
    ASSERT_EQ(imported.readings.bad_count, 3u);
    EXPECT_EQ(
        imported.Bad()[0],
        "f: line 5, column p1_teros21_soil_temp_C_10cm: \"wet\": expected a number"
    );
    EXPECT_EQ(
        imported.Bad()[1],
        "f: line 6, column time_processed: \"not a time\": expected a time such as 2023-07-25 "
        "14:00:00"
    );
    EXPECT_EQ(
        imported.Bad()[2],
        "f: line 7: \"2024-03-10 06:00:00,2024-03-10 06:00:00,b\": expected 16 fields, there are 3"
    );
}

TEST(MeterCsv, RawCountsHaveTheTimeOfTheLoggersOwnClock) {
    const Imported imported = ImportSample(kRawColumns, "Z");
    EXPECT_EQ(imported.Find("p2_teros12_vwc_m3m3_10cm"), nullptr);
    const BlockColumn* const counts = imported.Find("raw_p2_teros12_vwc_m3m3_10cm");
    ASSERT_NE(counts, nullptr);
    EXPECT_EQ(counts->property, "raw_p2_teros12_vwc_m3m3_10cm");
    EXPECT_EQ(counts->unit, "");
    EXPECT_EQ(imported.Lines("raw_p2_teros12_vwc_m3m3_10cm").at(2), "1970-01-01T00:00:00Z 24892");
    EXPECT_EQ(imported.Lines("raw_p1_teros21_matric_kPa_10cm").at(1), "2024-03-10T02:00:00Z 65534");
    EXPECT_EQ(ImportSample(kBothColumns, "Z").readings.columns.size(), 7u + 6u);
}

TEST(MeterCsv, PiecesAndBlocksOfAnySizeGiveTheSame) {
    ImportRequest request = RequestFor("z6-12345.csv", "America/New_York");
    const Imported whole = Import(Sample("meter_zl6.csv"), request);
    ASSERT_EQ(whole.error, "");
    for (const size_t rows : {1, 2, 3, 100}) {
        for (const size_t piece : {1, 7, 1000, 100'000}) {
            request.rows_per_block = rows;
            const Imported cut = Import(Sample("meter_zl6.csv"), request, {}, piece);
            ASSERT_EQ(cut.error, "");
            EXPECT_EQ(cut.blocks.size(), (6 + rows - 1) / rows);
            EXPECT_EQ(
                cut.Lines("p2_teros12_vwc_m3m3_10cm"), whole.Lines("p2_teros12_vwc_m3m3_10cm")
            );
            EXPECT_EQ(cut.Bad(), whole.Bad()) << "lines are counted in the file, not in the block";
        }
    }
}

TEST(MeterCsv, ZoneAndThingAreAskedFor) {
    EXPECT_NE(
        Import(Sample("meter_zl6.csv"), RequestFor("z6-12345.csv")).error.find("--time-zone"),
        std::string::npos
    );
    EXPECT_NE(
        Import(Sample("meter_zl6.csv"), RequestFor("x.csv", "Z")).error.find("--thing"),
        std::string::npos
    );
    ImportRequest request = RequestFor("x.csv", "Z");
    request.thing = "plot7";
    EXPECT_EQ(Import(Sample("meter_zl6.csv"), request).readings.columns.at(0).thing, "plot7");
    request.columns = "all";
    EXPECT_NE(
        Import(Sample("meter_zl6.csv"), request).error.find("processed, raw and both"),
        std::string::npos
    );
}

TEST(MeterCsv, AnotherHeaderIsRefused) {
    const ImportRequest request = RequestFor("z6-12345.csv", "Z");
    for (const char* text :
         {"time,x\n1,2\n", "time_processed\n", "time_processed,p1_a_vwc_m3m3_1cm", "\n\n"}) {
        const bool only_head = std::string_view(text).starts_with("time_processed,");
        EXPECT_EQ(Import(text, request, "meter-zl6-csv").error.empty(), only_head) << text;
    }
    EXPECT_NE(Import("", request, "meter-zl6-csv").error.find("empty"), std::string::npos);
    EXPECT_NE(
        Import("time_processed,p1_a_vwc_m3m3_1cm,p1_a_vwc_m3m3_1cm\n", request).error.find("twice"),
        std::string::npos
    );
}

TEST(MeterCsv, ARowWithoutEndIsRefused) {
    const std::string text = "time_processed,p1_a_vwc_m3m3_1cm\n" + std::string(3 << 20, 'x');
    const Imported imported = Import(text, RequestFor("z6-12345.csv", "Z"), {}, 65536);
    EXPECT_NE(imported.error.find("line 2 is longer"), std::string::npos) << imported.error;
}

TEST(MeterColumnName, IsTakenApart) {
    const auto column = ParseMeterColumn("raw_p12_teros12_vwc_m3m3_50acm");
    ASSERT_TRUE(column);
    EXPECT_TRUE(column->raw);
    EXPECT_EQ(column->port, "p12");
    EXPECT_EQ(column->sensor, "teros12");
    EXPECT_EQ(column->quantity->property, "volumetric_water_content");
    EXPECT_EQ(column->depth, 0.5);
    EXPECT_EQ(column->label, "a");
    for (const char* name :
         {"",
          "download",
          "p_x_ec",
          "px_teros12_ec",
          "p1_teros12",
          "p1_teros12_unknown",
          "q1_a_ec"}) {
        EXPECT_FALSE(ParseMeterColumn(name)) << name;
    }
}

// The vendor's formulas, as in the reference tables: raw counts to values.
double WaterContent(double raw) {
    return 3.879e-4 * (raw / 10) - 0.6956;
}
double Temperature(double raw) {
    return (raw - 5000) / 100;
}
double BulkEc(double raw) {
    return raw == 0 ? 0 : std::pow(10, raw / 1000) / 1000;
}
double Matric(double raw) {
    return -0.09799310128566949 * std::pow(10, raw / 10000);
}

struct RealFile {
    const char* name;
    size_t rows;
    size_t missing;
};

class RealMeterCsv : public testing::TestWithParam<RealFile> {};

/// Largest relative difference between vendor values and `formula` of the counts, row by row; all
/// pairs are counted.
double WorstError(
    const Imported& imported, const BlockColumn& column, double (*formula)(double), size_t& compared
) {
    std::string raw_name = "raw_" + column.channel;
    if (raw_name.ends_with("#bulk")) raw_name.resize(raw_name.size() - 5);
    const BlockColumn* raw = imported.Find(raw_name);
    if (raw == nullptr) raw = imported.Find(raw_name + "#bulk");
    EXPECT_NE(raw, nullptr) << raw_name;
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < column.values.size() && raw != nullptr; ++i) {
        while (at < raw->rows.size() && raw->rows[at] < column.rows[i]) ++at;
        if (at == raw->rows.size() || raw->rows[at] != column.rows[i] ||
            std::isnan(column.values[i]))
            continue;
        const double expected = formula(raw->values[at]);
        worst = std::max(
            worst, std::fabs(column.values[i] - expected) / std::max(1e-6, std::fabs(expected))
        );
        ++compared;
    }
    return worst;
}

TEST_P(RealMeterCsv, CountsTimesAndValuesAreTheFiles) {
    const auto path = TestDataPath(fmt::format("fsmmn_meter_zl6/{}", GetParam().name));
    if (!path) GTEST_SKIP() << "TILTH_TEST_DATA has no " << GetParam().name;
    const auto bytes = InflateGzip(ReadFileBytes(*path), size_t{64} << 20);
    ASSERT_TRUE(bytes) << bytes.error().message;
    ImportRequest request = RequestFor(GetParam().name, "-04:00");
    request.columns = kBothColumns;
    request.rows_per_block = 1u << 20;
    const Imported imported = Import(*bytes, request, {}, 100'000);
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.readings.rows, GetParam().rows);
    EXPECT_EQ(imported.readings.bad_count, 0u);
    size_t missing = 0;
    size_t compared = 0;
    for (const BlockColumn& column : imported.readings.columns) {
        if (column.property == column.channel) continue;  // counts
        for (const double value : column.values) missing += std::isnan(value) ? 1 : 0;
        double (*formula)(double) = nullptr;
        if (column.property == "volumetric_water_content") formula = WaterContent;
        if (column.property == "soil_temperature") formula = Temperature;
        if (column.property == "bulk_electrical_conductivity") formula = BulkEc;
        if (column.property == "matric_potential") formula = Matric;
        if (formula == nullptr) continue;
        EXPECT_LE(WorstError(imported, column, formula, compared), 1e-9) << column.channel;
    }
    EXPECT_EQ(missing, GetParam().missing);
    EXPECT_GT(compared, GetParam().rows * 8);
}

INSTANTIATE_TEST_SUITE_P(
    Loggers,
    RealMeterCsv,
    testing::Values(
        RealFile{"HBw3C_z6-19526_raw_and_processed.csv.gz", 15677, 0},
        RealFile{"HBw6C_z6-19536_raw_and_processed.csv.gz", 16240, 2874}
    )
);

}  // namespace
}  // namespace tilth::codec
