// Published vectors and edge cases of every test: testdata/vectors.txt.
#include "qc/profiles.h"
#include "qc/testing/memory_series.h"

#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>

namespace tilth::qc {
namespace {

constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2025} / 3 / 1};

using Case = std::map<std::string, std::string>;

std::vector<Case> ReadCases() {
    std::ifstream file(TILTH_SOURCE_DIR "/src/qc/testdata/vectors.txt");
    std::vector<Case> cases(1);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        if (line.empty()) {
            if (!cases.back().empty()) cases.emplace_back();
            continue;
        }
        const size_t colon = line.find(':');
        cases.back()[line.substr(0, colon)] = line.substr(line.find_first_not_of(' ', colon + 1));
    }
    if (cases.back().empty()) cases.pop_back();
    return cases;
}

std::vector<std::string> Words(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<double> Numbers(const std::string& line) {
    std::vector<double> numbers;
    for (const std::string& word : Words(line)) {
        numbers.push_back(word == "-" ? std::numeric_limits<double>::quiet_NaN() : std::stod(word));
    }
    return numbers;
}

/// "9h59m" as well as "2h".
Duration Offset(const std::string& text) {
    const size_t h = text.find('h');
    if (h == std::string::npos || h + 1 == text.size()) return ParseDuration(text).value();
    return ParseDuration(text.substr(0, h + 1)).value() + ParseDuration(text.substr(h + 1)).value();
}

std::vector<Time> Times(const Case& c, size_t count) {
    std::vector<Time> times;
    if (c.contains("times")) {
        for (const std::string& word : Words(c.at("times"))) times.push_back(kStart + Offset(word));
        return times;
    }
    const Duration step = ParseDuration(c.at("step")).value();
    for (size_t i = 0; i < count; ++i) times.push_back(kStart + static_cast<int64_t>(i) * step);
    return times;
}

std::vector<Arrival> Readings(const Case& c, const std::string& values, const std::string& raws) {
    const std::vector<double> numbers = Numbers(values);
    const std::vector<double> raw = Numbers(raws);
    const std::vector<Time> times = Times(c, numbers.size());
    std::vector<Arrival> readings(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
        readings[i].time = times[i];
        readings[i].value = numbers[i];
        readings[i].raw_value = raw[i];
        readings[i].raw.sequence = i + 1;
    }
    return readings;
}

Datastream Stream(const Case& c, const std::string& property, const std::string& profile) {
    Datastream stream;
    stream.thing = "node";
    stream.property = property;
    stream.unit = FindProperty(property) != nullptr ? "Cel" : "";
    stream.name = NameOf(stream.thing, property, {}, "");
    stream.id = IdOf(stream.name);
    stream.profile = profile;
    stream.cadence =
        c.contains("step") ? ParseDuration(c.at("step")).value() : std::chrono::hours{1};
    return stream;
}

void Feed(
    const Checker& checker, std::span<const Arrival> readings, size_t batch, MemorySeries& to
) {
    Engine engine;
    SeriesState state;
    SeriesOutput out;
    for (size_t i = 0; i < readings.size(); i += batch) {
        const auto part = readings.subspan(i, std::min(batch, readings.size() - i));
        ASSERT_TRUE(engine.Apply(checker, part, {to}, state, out));
        ASSERT_EQ(to.Write(out), "");
    }
}

std::string Flags(const MemorySeries& series) {
    std::string flags;
    for (const Observation& row : series.rows()) {
        flags += fmt::format("{}{}", flags.empty() ? "" : " ", static_cast<int>(row.flag));
    }
    return flags;
}

TEST(VectorsTest, EveryCaseGivesItsFlags) {
    const std::vector<Case> cases = ReadCases();
    ASSERT_GE(cases.size(), 20u);
    for (const Case& c : cases) {
        SCOPED_TRACE(c.at("case"));
        const auto profiles = ParseProfiles(
            fmt::format("profiles: {{case: {{rules: [{{tests: {}}}]}}}}", c.at("tests"))
        );
        ASSERT_TRUE(profiles) << profiles.error().message;
        const Datastream warmth = Stream(c, "soil_temperature", "soil");
        MemorySeries companion;
        if (c.contains("companion")) {
            const Checker checker = profiles->Compile(warmth, {}).value();
            Feed(checker, Readings(c, c.at("companion"), c.at("companion")), 100, companion);
        }
        const Checker checker = profiles->Compile(Stream(c, "thickness", "case"), {}).value();
        const std::string& raws = c.contains("raw") ? c.at("raw") : c.at("values");
        const std::vector<Arrival> readings = Readings(c, c.at("values"), raws);
        for (const size_t batch : {size_t{1000}, size_t{1}}) {
            MemorySeries series;
            series.AddCompanion(warmth.id, companion);
            Feed(checker, readings, batch, series);
            EXPECT_EQ(Flags(series), fmt::format("{}", fmt::join(Words(c.at("flags")), " ")));
        }
    }
}

TEST(VectorsTest, EveryTestHasACase) {
    std::string all;
    for (const Case& c : ReadCases()) all += c.at("tests");
    for (const TestInfo& test : Tests()) {
        const bool elsewhere = test.number == TestNumber::kMissing ||
                               test.number == TestNumber::kConflict ||
                               test.number == TestNumber::kClock;
        const bool there = all.find(std::string(test.name) + ":") != std::string::npos;
        EXPECT_TRUE(there || elsewhere) << test.name;
    }
}

}  // namespace
}  // namespace tilth::qc
