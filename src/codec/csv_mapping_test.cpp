#include "codec/csv_mapping.h"

#include "codec/import_testing.h"

namespace tilth::codec {
namespace {

std::string ErrorOf(std::string_view yaml) {
    const auto mapping = ParseCsvMapping(yaml);
    return mapping ? "" : mapping.error().message;
}

void ExpectError(std::string_view yaml, std::initializer_list<std::string_view> parts) {
    const std::string message = ErrorOf(yaml);
    for (const std::string_view part : parts) {
        EXPECT_NE(message.find(part), std::string::npos) << "in \"" << message << "\" for\n"
                                                         << yaml;
    }
}

constexpr const char* kColumns =
    "time_columns: t\ncolumns:\n- {column: x, property: vwc, unit: '%'}\n";

TEST(CsvMapping, EveryKeyIsRead) {
    const auto mapping = ParseCsvMapping(
        "delimiter: tab\ndecimal: ','\nskip_lines: 2\nunits_lines: 1\nheader: true\ntime_columns: "
        "[d, t]\n"
        "time_format: '%d.%m.%y %H:%M'\ntime_zone: own\nmissing: [NA]\nthing: a\ncolumns:\n"
        "- {column: x, thing: b, property: vwc, depth: 0.05, label: c, unit: '%', sensor: s}\n"
    );
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_EQ(mapping->delimiter, '\t');
    EXPECT_EQ(mapping->decimal, ',');
    EXPECT_EQ(mapping->skip_lines, 2);
    EXPECT_EQ(mapping->time_columns, (std::vector<std::string>{"d", "t"}));
    EXPECT_EQ(mapping->missing, (std::vector<std::string>{"NA"}));
    const CsvColumn& column = mapping->columns.at(0);
    EXPECT_EQ(column.property, "volumetric_water_content");
    EXPECT_EQ(column.depth, 0.05);
    EXPECT_EQ(column.thing, "b");
}

TEST(CsvMapping, WhatIsStillOpenIsAskedFor) {
    EXPECT_EQ(ErrorOf(kColumns), "");
    ExpectError(
        std::string(kColumns) + "time_zone: \"?\"\n",
        {"line 4", "\"time_zone\" is still to be filled in", "Europe/Berlin"}
    );
    ExpectError(
        "time_columns: t\ncolumns:\n- {column: x, property: vwc, unit: '?'}\n",
        {"line 3", "\"unit\" is still", "m3/m3"}
    );
    ExpectError(
        "time_columns: t\ncolumns:\n- {column: x, property: vwc, unit: '%', depth: '?'}\n",
        {"line 3", "\"depth\" is still"}
    );
    ExpectError(std::string(kColumns) + "thing: '?'\n", {"\"thing\" is still"});
    ExpectError(std::string(kColumns) + "time_format: '?'\n", {"\"time_format\" is still"});
}

TEST(CsvMapping, MistakesAreNamedWithTheirLine) {
    ExpectError("", {"time_columns"});
    ExpectError("time_columns: t\n", {"columns"});
    ExpectError(
        std::string(kColumns) + "delimeter: ;\n", {"line 4", "did you mean \"delimiter\"?"}
    );
    ExpectError(std::string(kColumns) + "delimiter: x\n", {"line 4", "delimiter"});
    ExpectError(std::string(kColumns) + "decimal: ','\n", {"comma"});
    ExpectError(std::string(kColumns) + "time_format: '%H:%M'\n", {"no date"});
    ExpectError(std::string(kColumns) + "time_format: '%Y-%Q'\n", {"%Q"});
    ExpectError(
        "time_columns: t\ncolumns:\n- {column: x, property: vwc}\n", {"line 3", "needs \"unit\""}
    );
    ExpectError("time_columns: t\ncolumns:\n- {column: x, property: vwc, unit: Cel}\n", {"line 3"});
    ExpectError(
        "time_columns: t\ncolumns:\n- {column: x, property: vwc, unit: wet}\n",
        {"line 3", "not a unit"}
    );
    ExpectError(
        std::string(kColumns) + "- {column: x, property: rain, unit: mm}\n",
        {"line 4", "there twice"}
    );
    ExpectError(
        std::string(kColumns) + "- {column: y, property: vwc, unit: '%'}\n", {"line 4", "\"label\""}
    );
}

/// A guess with its questions answered.
std::string Answered(
    std::string yaml, std::initializer_list<std::pair<std::string, std::string>> answers
) {
    for (const auto& [question, answer] : answers) {
        const size_t at = yaml.find(question);
        EXPECT_NE(at, std::string::npos) << question << " in\n" << yaml;
        if (at != std::string::npos) yaml.replace(at, question.size(), answer);
    }
    return yaml;
}

TEST(GuessMapping, AsksForZoneThingAndUnitsAndIsReadWhenTheyAreGiven) {
    const std::string file =
        "Time,VWC_20cm,soil_temp_20cm,note\n2025-05-01 06:00,0.21,NA,a\n2025-05-01 "
        "07:00,0.22,12.5,b\n"
        "2025-05-01 08:00,0.22,12.5,b\n2025-05-01 09:00,0.23,12.5,b\n";
    const auto guess = GuessMapping(file);
    ASSERT_TRUE(guess) << guess.error().message;
    ExpectError(*guess, {"is still to be filled in"});
    const std::string mapping = Answered(
        *guess,
        {{"time_zone: \"?\"", "time_zone: Z"},
         {"thing: \"?\"", "thing: plot7"},
         {"unit: \"?\"", "unit: m3/m3"},
         {"unit: \"?\"", "unit: Cel"}}
    );
    ImportRequest request = RequestFor("f.csv");
    request.mapping = mapping;
    const Imported imported = Import(file, request, "csv");
    ASSERT_EQ(imported.error, "") << mapping;
    EXPECT_EQ(imported.readings.columns.size(), 2u) << "the note is no column of numbers";
    EXPECT_EQ(imported.Lines("soil_temp_20cm").front(), "2025-05-01T06:00:00Z nan");
    EXPECT_EQ(imported.Find("soil_temp_20cm")->property, "soil_temperature");
    EXPECT_EQ(imported.Find("VWC_20cm")->depth, 0.2);
}

TEST(GuessMapping, UnitsThatTheFileSaysAreTaken) {
    const auto guess = GuessMapping(
        "station 7\ntime;a (mm);b;c "
        "[C]\n;;kPa;\n2025-05-01T06:00:00Z;1,5;2;3\n2025-05-01T07:00:00Z;2,5;2;3\n"
    );
    ASSERT_TRUE(guess) << guess.error().message;
    for (const char* part :
         {"delimiter: \";\"",
          "decimal: \",\"",
          "skip_lines: 1",
          "units_lines: 1",
          "time_zone: own",
          "unit: \"mm\"",
          "unit: \"kPa\"",
          "unit: \"?\""}) {
        EXPECT_NE(guess->find(part), std::string::npos) << part << " in\n" << *guess;
    }
}

TEST(GuessMapping, DayAndMonthAreNotGuessed) {
    EXPECT_NE(
        GuessMapping("t,x\n03/04/2025 06:00,1\n").value().find("time_format: \"?\""),
        std::string::npos
    );
    EXPECT_NE(
        GuessMapping("t,x\n13/04/2025 06:00,1\n").value().find("\"%d/%m/%Y %H:%M\""),
        std::string::npos
    );
    EXPECT_NE(
        GuessMapping("t,x\n04/13/2025 06:00,1\n").value().find("\"%m/%d/%Y %H:%M\""),
        std::string::npos
    );
    EXPECT_NE(
        GuessMapping("t;x\n03.04.2025 06:00;1\n").value().find("\"%d.%m.%Y %H:%M\""),
        std::string::npos
    );
}

TEST(GuessMapping, YearDayAndHourAreATime) {
    const std::string guess =
        GuessMapping("ID,Year,DOY,Hour,x\n301,2009,60,100,1\n301,2009,60,200,1\n").value();
    EXPECT_NE(guess.find("time_columns: [\"Year\", \"DOY\", \"Hour\"]"), std::string::npos)
        << guess;
    EXPECT_NE(guess.find("%Y %j %K"), std::string::npos) << guess;
}

TEST(GuessMapping, WhatIsNoTableIsRefused) {
    for (const char* text : {"", "no good data here", "a,b\nc,d\n", "x,y\n1,2\n", "\n\n\n"}) {
        EXPECT_FALSE(GuessMapping(text)) << text;
    }
}

}  // namespace
}  // namespace tilth::codec
