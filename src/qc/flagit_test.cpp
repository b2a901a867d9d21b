// Against flagit 0.3 (MIT), on its own test frame: the ISMN tests that are here, row by row.
#include "qc/testing/series_test_kit.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tilth::qc {
namespace {

std::filesystem::path DataFile(const char* name) {
    const char* folder = std::getenv("TILTH_TEST_DATA");
    return folder == nullptr ? "" : std::filesystem::path(folder) / "flagit_vectors" / name;
}

/// Rows of a CSV with a header; a quoted last column is kept whole.
std::vector<std::vector<std::string>> ReadCsv(const std::filesystem::path& path, size_t columns) {
    std::ifstream file(path);
    std::vector<std::vector<std::string>> rows;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream stream(line);
        std::vector<std::string>& row = rows.emplace_back(columns);
        for (size_t i = 0; i < columns; ++i)
            std::getline(stream, row[i], i + 1 == columns ? '\n' : ',');
    }
    return rows;
}

Arrival At(const std::string& utc, const std::string& value, double divisor) {
    Arrival reading = Reading(0, value.empty() ? kNoValue : std::stod(value) / divisor);
    reading.time = ParseLocalTime(utc, Duration{}).value();
    reading.received_at = kNoArrival;
    return reading;
}

TEST(FlagitTest, RangesAndFrozenSoilAgreeOnEveryRow) {
    if (DataFile("test_dataframe.csv").empty() ||
        !std::filesystem::exists(DataFile("test_dataframe.csv"))) {
        GTEST_SKIP() << "TILTH_TEST_DATA does not name a folder with flagit_vectors/";
    }
    // The saturation point of the frame is 42.7 %, which over 100 is this number in a double.
    const auto profiles = ParseProfiles(R"(
profiles:
  flagit: {base: ismn, rules: [{where: {property: vwc}, tests: {c03: {saturation: 0.42700000000000005}, d01: {tolerance: 1m}}}]}
)");
    const Datastream warmth = HourlyStream("soil_temperature", "flagit");
    FedSeries temperature(warmth, *profiles);
    FedSeries water(HourlyStream("volumetric_water_content", "flagit"), *profiles);
    water.stored.AddCompanion(warmth.id, temperature.stored);
    std::vector<Arrival> degrees;
    std::vector<Arrival> contents;
    for (const auto& row : ReadCsv(DataFile("test_dataframe.csv"), 7)) {
        contents.push_back(At(row[0], row[1], 100));
        degrees.push_back(At(row[0], row[2], 1));
    }
    temperature.Feed(degrees);
    water.Feed(contents);

    const auto expected = ReadCsv(DataFile("test_dataframe_expected_flagit_v0.3.csv"), 3);
    ASSERT_EQ(expected.size(), 695u);
    const std::pair<const char*, TestNumber> codes[] = {
        {"C01", TestNumber::kC01},
        {"C02", TestNumber::kC02},
        {"C03", TestNumber::kC03},
        {"D01", TestNumber::kD01}};
    for (size_t i = 0; i < expected.size(); ++i) {
        const Time time = ParseLocalTime(expected[i][0], Duration{}).value();
        const auto found = std::ranges::find(water.stored.rows(), time, &Observation::time);
        ASSERT_NE(found, water.stored.rows().end());
        for (const auto& [code, number] : codes) {
            const bool flagged = expected[i][2].find(code) != std::string::npos;
            EXPECT_EQ(found->objected.Has(static_cast<int>(number)), flagged)
                << code << " in row " << i;
        }
    }
}

}  // namespace
}  // namespace tilth::qc
