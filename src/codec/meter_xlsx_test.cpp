#include "codec/meter_xlsx.h"

#include "codec/import_testing.h"
#include "codec/inflate.h"

#include <cmath>

namespace tilth::codec {
namespace {

using Lines = std::vector<std::string>;

Imported ImportSample(std::string_view columns = kProcessedColumns, std::string_view zone = {}) {
    ImportRequest request = RequestFor("export.xlsx", zone);
    request.columns = columns;
    return Import(Sample("meter_zl6.xlsx"), request, {}, 100);
}

TEST(MeterXlsx, TheSheetOfVendorValuesIsReadInTheFilesOwnZone) {
    const Imported imported = ImportSample();
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.format, "meter-zl6-xlsx");
    EXPECT_EQ(imported.blocks.size(), 1u);
    EXPECT_EQ(imported.blocks[0].header.zone, "-04:00");
    EXPECT_EQ(
        imported.Lines("p2_teros12_vwc_m3m3"),
        (Lines{
            "2023-07-25T18:00:00Z 0.25", "2023-07-25T19:00:00Z 0.26", "2023-07-25T20:00:00Z 0.27"})
    );
    const BlockColumn* const vwc = imported.Find("p2_teros12_vwc_m3m3");
    EXPECT_EQ(vwc->thing, "z6-12345");
    EXPECT_EQ(vwc->property, "volumetric_water_content");
    EXPECT_EQ(vwc->unit, "m3/m3");
    EXPECT_EQ(vwc->sensor, "TEROS 12");
    EXPECT_EQ(vwc->label, "p2") << "the depth is not in the file";
    EXPECT_EQ(vwc->rows, (std::vector<uint32_t>{0, 1, 2}));
    EXPECT_EQ(imported.Find("p2_teros12_ec#bulk")->property, "bulk_electrical_conductivity");
    EXPECT_EQ(imported.Find("p7_battery_batt_pct")->property, "battery_percent");
    EXPECT_EQ(imported.Find("p7_battery_batt_pct")->label, "");
}

TEST(MeterXlsx, ThePlaceIsInTheMetadata) {
    const Thing thing = ImportSample().readings.things.at(0);
    EXPECT_EQ(thing.name, "z6-12345");
    EXPECT_EQ(thing.location.latitude, 43.5);
    EXPECT_EQ(thing.location.longitude, -71.5);
    EXPECT_EQ(thing.location.elevation, 635.5);
}

TEST(MeterXlsx, SensorErrorsAreMissingAndEmptyCellsAreNone) {
    const Imported imported = ImportSample();
    EXPECT_TRUE(std::isnan(imported.Find("p1_teros21_matric_kPa")->values.at(1)));
    EXPECT_TRUE(std::isnan(imported.Find("p1_teros21_soil_temp_C")->values.at(1)));
    EXPECT_EQ(imported.Find("p2_teros12_soil_temp_C")->values.size(), 1u);
}

TEST(MeterXlsx, AnUnknownQuantityIsKeptWithoutAUnit) {
    const Imported imported = ImportSample();
    ASSERT_NE(imported.Find("p3_new1_lux Light & Shade"), nullptr);
    EXPECT_EQ(imported.Find("p3_new1_lux Light & Shade")->unit, "");
}

TEST(MeterXlsx, BadCellsAreReportedWithTheirRow) {
    EXPECT_EQ(
        ImportSample().Bad(),
        (Lines{
            "f: line 6, column p1_teros21_soil_temp_C: \"warm\": expected a number",
            "f: line 8, column Timestamp: \"yesterday\": expected a date and time",
        })
    );
}

TEST(MeterXlsx, RawCountsAreReadWhenAskedFor) {
    const Imported imported = ImportSample(kBothColumns);
    EXPECT_EQ(imported.Lines("raw_p2_teros12_vwc_m3m3"), (Lines{"2023-07-25T18:00:00Z 24376"}));
    EXPECT_EQ(imported.Find("raw_p2_teros12_vwc_m3m3")->rows.at(0), 4u)
        << "rows of both sheets are counted on";
    EXPECT_EQ(ImportSample(kRawColumns).readings.columns.size(), 2u);
}

TEST(MeterXlsx, AnotherZoneOrThingMayBeGiven) {
    EXPECT_EQ(
        ImportSample(kProcessedColumns, "Z").Lines("p2_teros12_vwc_m3m3").at(0),
        "2023-07-25T14:00:00Z 0.25"
    );
}

TEST(MeterXlsx, DamagedFilesAreRefusedAndNeverCrash) {
    const std::string good = Sample("meter_zl6.xlsx");
    for (size_t length = 0; length < good.size(); length += 13) {
        EXPECT_NE(Import(good.substr(0, length), RequestFor("a.xlsx"), "meter-zl6-xlsx").error, "")
            << length;
    }
    for (size_t i = 0; i < good.size(); ++i) {
        std::string damaged = good;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x21);
        Import(damaged, RequestFor("a.xlsx"), "meter-zl6-xlsx");
    }
    EXPECT_NE(Import("PK\x03\x04", RequestFor("a.xlsx")).error.find("ZIP"), std::string::npos);
}

TEST(MeterXlsx, APartThatUnpacksToTooMuchIsRefused) {
    std::string bomb = Sample("meter_zl6.xlsx");
    // The size that the directory says of the workbook part.
    const size_t entry = bomb.rfind("PK\x01\x02", bomb.rfind("xl/workbook.xml"));
    bomb.replace(entry + 24, 4, "\xff\xff\xff\x7f");
    const std::string error = Import(bomb, RequestFor("a.xlsx")).error;
    EXPECT_NE(error.find("unpacks to 2147483647 bytes"), std::string::npos) << error;
    const std::string large(kMaxBlockBytes + 1, 'x');
    EXPECT_NE(
        Import(large, RequestFor("a.xlsx"), "meter-zl6-xlsx").error.find("12 MB"), std::string::npos
    );
}

TEST(RealMeterXlsx, ValuesAreThoseOfTheTableMadeFromIt) {
    const auto xlsx = TestDataPath("fsmmn_meter_zl6/original_z6-19526_29Sep23.xlsx");
    const auto csv = TestDataPath("fsmmn_meter_zl6/HBw3C_z6-19526_raw_and_processed.csv.gz");
    if (!xlsx || !csv) GTEST_SKIP() << "TILTH_TEST_DATA has no fsmmn_meter_zl6";
    ImportRequest request = RequestFor("original_z6-19526_29Sep23.xlsx");
    request.columns = kBothColumns;
    const Imported sheet = Import(ReadFileBytes(*xlsx), request, {}, 65536);
    ASSERT_EQ(sheet.error, "");
    EXPECT_EQ(sheet.readings.rows, 2u * 1582);
    EXPECT_EQ(sheet.readings.bad_count, 0u);
    EXPECT_EQ(sheet.readings.ReadingCount(), 2u * 1582 * 20);

    request = RequestFor("HBw3C_z6-19526.csv", "-04:00");
    request.columns = kBothColumns;
    const Imported table =
        Import(InflateGzip(ReadFileBytes(*csv), size_t{64} << 20).value(), request);
    ASSERT_EQ(table.error, "");
    size_t compared = 0;
    for (const BlockColumn& column : table.readings.columns) {
        std::string channel = column.channel;
        if (column.depth) channel.resize(channel.rfind('_'));
        const BlockColumn* const same = sheet.Find(channel);
        ASSERT_NE(same, nullptr) << channel;
        for (size_t i = 0; i < same->values.size(); ++i) {
            EXPECT_EQ(column.times[i], same->times[i]);
            EXPECT_NEAR(
                column.values[i], same->values[i], 1e-11 * std::fabs(column.values[i]) + 1e-13
            );
            ++compared;
        }
    }
    EXPECT_EQ(compared, 2u * 1582 * 20);
}

}  // namespace
}  // namespace tilth::codec
