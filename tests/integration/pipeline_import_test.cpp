// Imports into a running lab.
#include "integration/commanded_lab.h"
#include "pipeline/import.h"

namespace tilth::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::Sure;

class ImportsTest : public CommandedLab {};

const char* const kMapping = R"(time_columns: [when]
time_zone: own
columns:
  - {column: level, property: level, depth: 0.05, unit: m}
)";

std::string LoggerFile(int rows) {
    std::string text = "when,level\n";
    for (int i = 0; i < rows; ++i)
        text += fmt::format("{},{}\n", FormatRfc3339(kStart - hours{rows - i}), i % 7);
    return text;
}

TEST_F(ImportsTest, AFileTwiceChangesNothing) {
    const ImportRequest request{"logger.csv", "", "", "plot", kMapping, false};
    EXPECT_EQ(Import(request, LoggerFile(10'000)).state, "done");
    Settle();
    const uint64_t records = Sure(stores_.stream().Statistics()).records;
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(10'000));
    EXPECT_THAT(
        Import(request, LoggerFile(10'000)).message, HasSubstr("known from an earlier import")
    );
    Settle();
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, records);
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(10'000));
    ExpectLabIsSound();
}

TEST_F(ImportsTest, HistoryOfAnotherCadenceIsNotAGap) {
    Import({"logger.csv", "", "", "plot", kMapping, false}, LoggerFile(100));
    Send(R"([{"bn": "plot", "bt": 1748736000, "n": "x", "u": "m", "v": 1}])");
    for (int i = 1; i < 100; ++i) {
        Send(fmt::format(
            R"({{"name": "plot", "time": "{}", "soil_temp_5cm": {}}})",
            FormatRfc3339(kStart + seconds{10 * i}),
            10 + i % 3
        ));
    }
    Settle();
    for (const Observation& row : Rows("plot/level@0.05m#m")) EXPECT_FALSE(row.objected.Has(5));
    for (const Observation& row : Rows("plot/soil_temperature@0.05m"))
        EXPECT_FALSE(row.objected.Has(5));
}

TEST_F(ImportsTest, AStrictImportTakesAllOrNothing) {
    std::string file = LoggerFile(20);
    file += "yesterday,1\n";
    const ImportRequest strict{"logger.csv", "", "", "plot", kMapping, true};
    const Task refused = Import(strict, file);
    EXPECT_EQ(refused.state, "failed");
    EXPECT_THAT(refused.message, HasSubstr("line 22"));
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, 0U);
    ImportRequest lenient = strict;
    lenient.strict = false;
    EXPECT_EQ(Import(lenient, file).state, "done");
    Settle();
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(20));
    EXPECT_THAT(
        Sure(stores_.processed().DeadLetterCounts()), ElementsAre(std::pair("bad_cell", 1))
    );
}

TEST_F(ImportsTest, ACancelledImportGoesOnWhereItWas) {
    ImportOptions options;
    options.thing = "plot";
    options.mapping = kMapping;
    const std::string file = LoggerFile(20'000);
    const auto part = Sure(ImportFile(
        stores_.stream(),
        clock_,
        "logger.csv",
        file,
        options,
        [](const ImportReport& report) { return report.blocks < 2; }
    ));
    EXPECT_TRUE(part.cancelled);
    EXPECT_THAT(Summary(part), HasSubstr("the same import goes on from here"));
    EXPECT_EQ(part.blocks, 2U);
    const auto rest = Sure(ImportFile(stores_.stream(), clock_, "logger.csv", file, options, {}));
    EXPECT_EQ(rest.blocks_known, 2U);
    EXPECT_THAT(Summary(rest), HasSubstr("going on after 2 of its blocks"));
    EXPECT_FALSE(rest.cancelled);
    processing_->Notify();
    Settle();
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(20'000));
}

TEST_F(ImportsTest, AMissingZoneIsAskedForBeforeAnythingIsKept) {
    const auto upload = Sure(commands_->BeginImport(
        {"logger.csv",
         "",
         "",
         "plot",
         "time_columns: [when]\ncolumns:\n  - {column: level, property: level, unit: m}\n",
         false},
        kPerson
    ));
    Sure(upload->Write("when,level\n2025-05-01 06:00,1\n"));
    const auto task = upload->Finish();
    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().fault, Fault::kBadInput);
    EXPECT_THAT(task.error().message, HasSubstr("zone"));
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, 0U);
}

}  // namespace
}  // namespace tilth::pipeline
