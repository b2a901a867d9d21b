#include "codec/csv_table.h"

#include "codec/csv_mapping.h"
#include "codec/import_testing.h"

namespace tilth::codec {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kMapping = R"(
delimiter: ","
skip_lines: 1
units_lines: 1
time_columns: [Year, DOY, Hour]
time_format: "%Y %j %K"
time_zone: "-07:00"
missing: [NA, "-9999"]
thing: station-7
columns:
  - {column: "Soil temp, 10cm", property: soil_temperature, depth: 0.1, unit: Cel}
  - {column: VWC_20cm, property: vwc, depth: 0.2, unit: m3/m3, sensor: CS616}
  - {column: rain, property: precipitation, unit: mm, thing: weather}
)";

ImportRequest Request(std::string mapping = kMapping, std::string_view zone = {}) {
    ImportRequest request = RequestFor("table.csv", zone);
    request.mapping = std::move(mapping);
    return request;
}

TEST(CsvTable, TheMappingSaysWhatTheColumnsAre) {
    const Imported imported = Import(Sample("table.csv"), Request(), "csv");
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(
        imported.Lines("Soil temp, 10cm"),
        (Lines{
            "2009-03-01T08:00:00Z -0.454",
            "2009-03-02T07:00:00Z -0.453",
            "2009-03-02T07:30:00Z nan"})
    ) << "day 60 is 1 March; 2400 is the end of the day; -9999.0 is the missing number";
    EXPECT_EQ(
        imported.Lines("VWC_20cm"),
        (Lines{
            "2009-03-01T08:00:00Z 0.299",
            "2009-03-02T07:00:00Z nan",
            "2009-03-02T07:30:00Z 0.301",
            "2009-03-02T08:00:00Z 0.302",
        })
    );
    EXPECT_EQ(imported.Lines("rain").size(), 3u) << "an empty cell is no reading";
    const BlockColumn* const vwc = imported.Find("VWC_20cm");
    EXPECT_EQ(vwc->property, "volumetric_water_content");
    EXPECT_EQ(vwc->thing, "station-7");
    EXPECT_EQ(vwc->depth, 0.2);
    EXPECT_EQ(vwc->sensor, "CS616");
    EXPECT_EQ(imported.Find("rain")->thing, "weather");
    EXPECT_EQ(imported.readings.rows, 6u) << "a line end inside quotes ends no row";
}

TEST(CsvTable, BadRowsAndCellsAreReportedWithTheirLine) {
    const Imported imported = Import(Sample("table.csv"), Request(), "csv");
    EXPECT_EQ(
        imported.Bad(),
        (Lines{
            "f: line 8, column Year: \"2009 367 100\": expected a time as %Y %j %K",
            "f: line 9, column Soil temp, 10cm: \"warm\": expected a number",
            "f: line 10: \"2009,61\": expected at least 7 fields, there are 2",
        })
    );
}

TEST(CsvTable, PiecesAndBlocksOfAnySizeGiveTheSame) {
    const Imported whole = Import(Sample("table.csv"), Request(), "csv");
    for (const size_t rows : {1, 2, 5}) {
        for (const size_t piece : {1, 3, 50}) {
            ImportRequest request = Request();
            request.rows_per_block = rows;
            const Imported cut = Import(Sample("table.csv"), request, "csv", piece);
            ASSERT_EQ(cut.error, "");
            EXPECT_EQ(cut.Lines("VWC_20cm"), whole.Lines("VWC_20cm"));
            EXPECT_EQ(cut.Bad(), whole.Bad());
        }
    }
}

std::string Simple(std::string_view more) {
    return fmt::format(
        "time_columns: t\ncolumns: [{{column: x, property: x, unit: mm}}]\n{}\n", more
    );
}

TEST(CsvTable, ZoneAndThingAreAskedFor) {
    const std::string file = "t,x\n2025-05-01 06:00,1\n";
    EXPECT_NE(
        Import(file, Request(Simple("thing: a")), "csv").error.find("time zone is not said"),
        std::string::npos
    );
    EXPECT_NE(
        Import(file, Request(Simple("time_zone: Z")), "csv").error.find("--thing"),
        std::string::npos
    );
    EXPECT_EQ(
        Import(file, Request(Simple("thing: a"), "+02:00"), "csv").Lines("x"),
        (Lines{"2025-05-01T04:00:00Z 1"})
    );
    EXPECT_NE(Import(file, Request(""), "csv").error.find("--mapping"), std::string::npos);
    EXPECT_NE(Import(file, Request(), "").error.find("--mapping"), std::string::npos)
        << "is not recognised by itself";
}

TEST(CsvTable, TimesMayCarryTheirOwnZone) {
    const std::string file = "t,x\n2025-05-01T06:00:00+02:00,1\n2025-05-01 06:00:00,2\n";
    const Imported imported = Import(file, Request(Simple("thing: a\ntime_zone: own")), "csv");
    EXPECT_EQ(imported.Lines("x"), (Lines{"2025-05-01T04:00:00Z 1"}));
    EXPECT_EQ(imported.Bad().size(), 1u) << "the other has no zone, and none is guessed";
}

TEST(CsvTable, ANamedZoneOfTheMappingNeedsTheDatabase) {
    const std::string file = "t,x\n2025-05-01 06:00,1\n";
    ImportRequest request = Request(Simple("thing: a\ntime_zone: Europe/Berlin"));
    EXPECT_NE(Import(file, request, "csv").error.find("--time-zone"), std::string::npos);
    if (!LoadZoneFile("Europe/Berlin")) GTEST_SKIP() << "no time zones here";
    request.load_zone = LoadZoneFile;
    EXPECT_EQ(Import(file, request, "csv").Lines("x"), (Lines{"2025-05-01T04:00:00Z 1"}));
}

TEST(CsvTable, DecimalCommasAndOtherDelimitersAreRead) {
    const Imported imported = Import(
        "t;x\n01.05.2025 06:00;1,5\n01.05.2025 07:00;1.000,5\n",
        Request(Simple(
            "thing: a\ntime_zone: Z\ndelimiter: ;\ndecimal: ','\ntime_format: '%d.%m.%Y %H:%M'"
        )),
        "csv"
    );
    EXPECT_EQ(imported.Lines("x"), (Lines{"2025-05-01T06:00:00Z 1.5"}));
    EXPECT_EQ(imported.Bad().size(), 1u) << "separators of thousands are not guessed";
}

TEST(CsvTable, WithoutHeaderColumnsAreNamedByTheirPlace) {
    const Imported imported = Import(
        "1746079200,1.5\n1746082800,2\n",
        Request("header: false\ntime_columns: '#1'\ntime_format: '%s'\nthing: a\n"
                "columns: [{column: '#2', property: rain, unit: mm}]\n"),
        "csv"
    );
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.Lines("#2"), (Lines{"2025-05-01T06:00:00Z 1.5", "2025-05-01T07:00:00Z 2"}));
}

TEST(CsvTable, AColumnThatIsNotThereIsNamed) {
    const std::string mapping =
        "time_columns: tme\nthing: a\ntime_zone: Z\ncolumns: [{column: x, property: x, unit: "
        "mm}]\n";
    const std::string error = Import("time,x\n", Request(mapping), "csv").error;
    EXPECT_NE(error.find("no column \"tme\""), std::string::npos) << error;
    EXPECT_NE(error.find("did you mean \"time\"?"), std::string::npos) << error;
    EXPECT_NE(
        Import("t,x,x\n", Request(Simple("thing: a\ntime_zone: Z")), "csv")
            .error.find("stands twice"),
        std::string::npos
    );
}

TEST(CsvTable, AnUnclosedQuoteIsFound) {
    const std::string file = "t,x\n2025-05-01 06:00,\"1\n" + std::string(3 << 20, '\n');
    const std::string error =
        Import(file, Request(Simple("thing: a\ntime_zone: Z")), "csv", 65536).error;
    EXPECT_NE(error.find("quotation mark"), std::string::npos) << error;
}

TEST(RealCsv, ATableWithYearDayAndHourIsReadWhole) {
    constexpr const char* kFile = "csas_senator_beck/SASP_1hr_2003-2009.csv";
    const auto path = TestDataPath(kFile);
    if (!path) GTEST_SKIP() << "TILTH_TEST_DATA has no " << kFile;
    const Imported imported = Import(
        ReadFileBytes(*path),
        Request(
            "time_columns: [Year, DOY, Hour]\ntime_format: '%Y %j %K'\ntime_zone: '-07:00'\nthing: "
            "senator-beck\n"
            "columns:\n- {column: Soil_10cm_C, property: soil_temperature, depth: 0.1, unit: Cel}\n"
            "- {column: Soil_VWC, property: vwc, unit: m3/m3}\n"
        ),
        "csv"
    );
    ASSERT_EQ(imported.error, "");
    EXPECT_EQ(imported.readings.bad_count, 0u);
    EXPECT_EQ(imported.Find("Soil_10cm_C")->values.size(), imported.readings.rows);
    EXPECT_EQ(imported.Lines("Soil_10cm_C").front(), "2009-03-01T08:00:00Z -0.075");
    EXPECT_EQ(imported.Lines("Soil_VWC").front(), "2009-03-01T08:00:00Z 0.299");
}

}  // namespace
}  // namespace tilth::codec
