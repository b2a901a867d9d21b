// Promise 4: the same rows, however the readings came.
#include "base/random.h"
#include "qc/profiles.h"
#include "qc/testing/memory_series.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::qc {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2025} / 3 / 1};

Datastream Stream(std::string property, std::string unit, std::string profile) {
    Datastream stream;
    stream.thing = "node";
    stream.property = std::move(property);
    stream.depth = 0.05;
    stream.unit = std::move(unit);
    stream.name = NameOf(stream.thing, stream.property, stream.depth, "");
    stream.id = IdOf(stream.name);
    stream.resolution = 0.001;
    stream.cadence = hours{1};
    stream.profile = std::move(profile);
    return stream;
}

/// Profiles that bring every kind of test into play, with a look-ahead of one row.
const ProfileSet& Profiles() {
    static const ProfileSet kProfiles = ParseProfiles(R"(
profiles:
  window: {base: soil, rules: [{tests: {flat_line: off, d01: off}}]}
  folds:
    base: soil
    rules:
      - where: {property: volumetric_water_content}
        tests:
          flat_line: {tolerance: 0.004, suspect: 3 cadences, fail: 8 cadences, max_gap: 9h}
          d01: {below: 0, until: 0.25, tolerance: 2h}
  boundless:
    base: qartod
    rules: [{where: {property: volumetric_water_content}, tests: {flat_line: {tolerance: 0.004, suspect: 5h, fail: 10h}}}]
)")
                                            .value();
    return kProfiles;
}

Checker CheckerOf(const Datastream& stream) {
    return Profiles().Compile(stream, {}).value();
}

/// Readings with everything that comes in a field: copies, contradictions, holes, wrong clocks,
/// missing values, error codes, sources of several ranks.
std::vector<Arrival> MakeReadings(Random& random, size_t count) {
    std::vector<Arrival> readings;
    int64_t sequence = 0;
    Time time = kStart;
    double value = 0.25;
    for (size_t i = 0; i < count; ++i) {
        time += random.Below(12) == 0 ? Duration{hours{1 + random.Below(40)}} : Duration{hours{1}};
        if (random.Below(3) == 0) value += random.Uniform(-0.02, 0.02);
        Arrival reading;
        reading.time = time + (random.Below(9) == 0 ? minutes{random.Below(50)} : minutes{0});
        reading.value = random.Below(25) == 0 ? value + 0.2 : value;
        if (random.Below(20) == 0) reading.value = std::numeric_limits<double>::quiet_NaN();
        reading.raw_value = random.Below(30) == 0 ? -9999 : reading.value * 1000;
        reading.received_at = reading.time + minutes{random.Below(100)};
        if (random.Below(5) == 0) reading.rank = SourceRank::kLoggerFile;
        if (random.Below(6) == 0) reading.received_at = kNoArrival;
        if (random.Below(40) == 0) reading.time = Time{} + hours{random.Below(300)};
        if (random.Below(40) == 0) reading.time += hours{24 * (2 + random.Below(4))};
        const size_t copies = random.Below(6) == 0 ? 2 + random.Below(2) : 1;
        for (size_t copy = 0; copy < copies; ++copy) {
            reading.raw = {
                WriterId{1 + static_cast<int64_t>(random.Below(3))},
                static_cast<Sequence>(++sequence),
                0};
            if (random.Below(4) == 0) reading.value += 0.0002 * static_cast<double>(copy);
            if (random.Below(4) == 0) reading.value += 0.02 * static_cast<double>(copy);
            if (random.Below(5) == 0) reading.number += static_cast<int64_t>(copy);
            readings.push_back(reading);
        }
    }
    return readings;
}

void Shuffle(std::vector<Arrival>& readings, Random& random, size_t distance) {
    for (size_t i = 0; i + 1 < readings.size(); ++i) {
        const size_t reach = std::min(readings.size() - i, distance);
        std::swap(readings[i], readings[i + random.Below(reach)]);
    }
}

/// The readings one by one in time order, at once, into an empty series.
std::vector<Observation> AtOnce(
    const Checker& checker, std::vector<Arrival> readings, MemorySeries& series
) {
    std::ranges::stable_sort(readings, {}, &Arrival::time);
    Engine engine;
    SeriesState state;
    SeriesOutput out;
    EXPECT_TRUE(engine.Apply(checker, readings, {series}, state, out));
    EXPECT_EQ(series.Write(out), "");
    return series.rows();
}

struct Trial {
    Engine engine;
    SeriesState state;
    SeriesOutput out;
};

::testing::AssertionResult SameRows(
    const std::vector<Observation>& expected, const std::vector<Observation>& rows
) {
    if (expected.size() != rows.size()) {
        return ::testing::AssertionFailure()
               << rows.size() << " rows instead of " << expected.size();
    }
    for (size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] == expected[i]) continue;
        const auto tell = [](const Observation& row) {
            return fmt::format(
                "{} value {} flag {} objected {:#x} not evaluated {:#x} counts {} provisional {} "
                "raw {}/{}",
                FormatRfc3339(row.time),
                row.value,
                Name(row.flag),
                row.objected.bits(),
                row.not_evaluated.bits(),
                row.counts,
                row.provisional,
                Raw(row.raw.writer),
                row.raw.sequence
            );
        };
        return ::testing::AssertionFailure() << "row " << i << "\n  is      " << tell(rows[i])
                                             << "\n  must be " << tell(expected[i]);
    }
    return ::testing::AssertionSuccess();
}

struct Way {
    const char* name;
    const char* profile;
    size_t distance;  ///< How far a reading is moved from its place.
    size_t batch;     ///< Largest.
    bool restart;     ///< The state is lost between batches now and then.
};

class EngineOrderTest : public ::testing::TestWithParam<Way> {};

TEST_P(EngineOrderTest, GivesTheSameRowsInAnyOrderAndBatches) {
    const Way way = GetParam();
    const Datastream stream = Stream("volumetric_water_content", "m3/m3", way.profile);
    const Checker checker = CheckerOf(stream);
    const Datastream warmth = Stream("soil_temperature", "Cel", "soil");
    const Checker warmth_checker = CheckerOf(warmth);
    for (uint64_t seed = 1; seed <= 350; ++seed) {
        Random random(seed * 1'000'003);
        MemorySeries companion;
        std::vector<Arrival> degrees = MakeReadings(random, 60);
        for (Arrival& reading : degrees) reading.value = (reading.value - 0.25) * 20;
        AtOnce(warmth_checker, degrees, companion);

        std::vector<Arrival> readings = MakeReadings(random, 20 + random.Below(150));
        MemorySeries whole;
        whole.AddCompanion(warmth.id, companion);
        const auto expected = AtOnce(checker, readings, whole);

        Shuffle(readings, random, way.distance);
        MemorySeries series;
        series.AddCompanion(warmth.id, companion);
        Trial trial;
        for (size_t i = 0; i < readings.size();) {
            const size_t size = std::min(readings.size() - i, 1 + random.Below(way.batch));
            const auto batch = std::span(readings).subspan(i, size);
            ASSERT_TRUE(trial.engine.Apply(checker, batch, {series}, trial.state, trial.out));
            ASSERT_EQ(series.Write(trial.out), "") << "seed " << seed << ", batch at " << i;
            if (way.restart && random.Below(3) == 0) trial.state.Reset();
            i += size;
        }
        ASSERT_TRUE(SameRows(expected, series.rows())) << "seed " << seed;
        ASSERT_EQ(whole.checkpoints(), series.checkpoints()) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Ways,
    EngineOrderTest,
    ::testing::Values(
        Way{"in_order", "folds", 1, 1, false},
        Way{"in_order_restarted", "folds", 1, 3, true},
        Way{"a_little_late", "folds", 4, 5, false},
        Way{"very_late", "folds", 10'000, 20, false},
        Way{"very_late_restarted", "folds", 10'000, 7, true},
        Way{"windows_only", "window", 10'000, 9, true},
        Way{"windows_a_little_late", "window", 3, 2, false},
        Way{"no_bound_in_time", "boundless", 40, 9, true},
        Way{"no_bound_in_order", "boundless", 1, 4, false}
    ),
    [](const auto& way) { return way.param.name; }
);

}  // namespace
}  // namespace tilth::qc
