#include "pipeline/import.h"

#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gmock/gmock.h>

namespace tilth::pipeline {
namespace {

using ::testing::HasSubstr;
using testing::MemoryStreamStore;
using testing::Sure;

/// "when,level\n2025-06-01 00:00:00,1.5\n"
constexpr std::string_view kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcf\x48\xcd\xd3\xc9\x49\x2d\x4b\xcd\xe1\x32\x32"
    "\x30\x32\xd5\x35\x30\xd3\x35\x30\x54\x30\x30\xb0\x02\x23\x1d\x43\x3d\x53\x2e\x00\xdd\x34\xd5"
    "\x11\x23\x00\x00\x00",
    51
);
constexpr const char* kMapping = R"(time_columns: [when]
time_zone: Europe/Berlin
columns:
  - {column: level, property: level, unit: m}
)";

TEST(ImportTest, AGzipFileIsKeptAsWhatItHolds) {
    MemoryStreamStore store;
    ImportOptions options;
    options.thing = "plot";
    options.mapping = kMapping;  // alone, it says that the file is a table
    ASSERT_TRUE(CheckImport("level.csv.gz", kGzip, options));
    const ImportReport report =
        Sure(ImportFile(store, SystemClock(), "level.csv.gz", kGzip, options, {}));
    EXPECT_EQ(report.format, "csv");
    EXPECT_EQ(report.readings, 1U);
    EXPECT_EQ(report.bytes, 35U);
    const RawRecord record = Sure(store.Get(WriterId{1}, 1));
    EXPECT_EQ(record.topic, "level.csv");
    const codec::FileBlock block = Sure(codec::DecodeFileBlock(record.payload));
    EXPECT_EQ(block.rows, "2025-06-01 00:00:00,1.5\n");
    const codec::BlockReadings readings = Sure(codec::ReadBlock(block));
    EXPECT_EQ(FormatRfc3339(readings.columns.at(0).times.at(0)), "2025-05-31T22:00:00Z");

    const ImportReport again = Sure(ImportFile(
        store, SystemClock(), "level.csv", "when,level\n2025-06-01 00:00:00,1.5\n", options, {}
    ));
    EXPECT_EQ(again.blocks_known, 1U) << "the same file, packed or not";
}

TEST(ImportTest, ADamagedGzipFileIsRefusedByName) {
    MemoryStreamStore store;
    ImportOptions options;
    options.mapping = kMapping;
    const auto report =
        ImportFile(store, SystemClock(), "level.csv.gz", kGzip.substr(0, 30), options, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().fault, Fault::kBadInput);
    EXPECT_THAT(report.error().message, HasSubstr("level.csv.gz"));
    EXPECT_EQ(Sure(store.Statistics()).records, 0U);
}

}  // namespace
}  // namespace tilth::pipeline
