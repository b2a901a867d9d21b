#include "field/field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace tilth::field {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = ParseRfc3339("2024-03-01T00:00:00Z").value();

using Values = std::map<ChannelId, double>;

Values ReadAll(Field& field, uint64_t node, Time t) {
    std::array<Reading, kMostReadings> readings{};
    const size_t count = field.Read(node, t, readings);
    Values values;
    for (size_t i = 0; i < count; ++i) values[readings[i].channel] = readings[i].value;
    return values;
}

Field MakeField(FieldConfig config = {}) {
    return Field::Make(std::move(config)).value();
}

TEST(FieldTest, RefusesWhatItCannotBe) {
    EXPECT_FALSE(Field::Make({.nodes = 0}));
    EXPECT_FALSE(Field::Make({.nodes = 1'000'001}));
    EXPECT_FALSE(Field::Make({.climate = {.latitude = 80.0}}));
    EXPECT_FALSE(Field::Make({.interval = Duration{10}}));
    EXPECT_FALSE(Field::Make({.raw_counts_node = 12}));
    EXPECT_FALSE(Field::Make({.name_prefix = "a\"b"}));
}

TEST(FieldTest, ValuesDoNotDependOnTheOrderOfQuestions) {
    Field forward = MakeField();
    Field backward = MakeField();
    std::map<std::pair<uint64_t, Time>, Values> seen;
    for (Time t = kStart; t < kStart + days{60}; t += hours{7}) {
        for (uint64_t node = 0; node < forward.NodeCount(); ++node)
            seen[{node, t}] = ReadAll(forward, node, t);
    }
    for (auto it = seen.rbegin(); it != seen.rend(); ++it) {
        ASSERT_EQ(ReadAll(backward, it->first.first, it->first.second), it->second);
    }
}

TEST(FieldTest, SoilValuesDoNotDependOnTheInterval) {
    Field hourly = MakeField({.interval = hours{1}});
    Field quick = MakeField({.interval = seconds{1}});
    for (int h = 0; h < 48; ++h) {
        ASSERT_EQ(ReadAll(hourly, 3, kStart + hours{h}), ReadAll(quick, 3, kStart + hours{h}));
    }
}

TEST(FieldTest, RainOfAnHourIsOneSumHoweverOftenTheStationSpeaks) {
    Field quick = MakeField({.interval = seconds{10}, .rain_interval = hours{1}});
    const uint64_t weather = quick.NodeCount() - 1;
    double wettest = 0;
    for (int h = 1; h < 200; ++h) {
        const Time end = kStart + hours{h};
        std::vector<double> reported;
        for (Time t = end + seconds{3}; t < end + hours{1}; t += seconds{10}) {
            const Values values = ReadAll(quick, weather, t);
            if (const auto rain = values.find(ChannelId::kPrecipitation); rain != values.end())
                reported.push_back(rain->second);
        }
        const double sum = quick.Sky().GaugedRain(end - hours{1}, end);
        ASSERT_EQ(reported.size(), 1u);
        ASSERT_NEAR(reported[0], sum, 1e-9);
        // The row of a logger at the full hour says the same.
        ASSERT_NEAR(ReadAll(quick, weather, end)[ChannelId::kPrecipitation], sum, 1e-9);
        wettest = std::max(wettest, sum);
    }
    EXPECT_GT(wettest, 0.5) << "it rains in these days";
}

TEST(FieldTest, AnotherSeedIsAnotherField) {
    Field one = MakeField({.seed = 1});
    Field two = MakeField({.seed = 2});
    EXPECT_NE(ReadAll(one, 0, kStart), ReadAll(two, 0, kStart));
    EXPECT_NE(ReadAll(one, 0, kStart), ReadAll(one, 5, kStart));
}

TEST(FieldTest, ASoundNodeIsAlwaysPlausible) {
    Field field = MakeField();
    for (Time t = kStart; t < kStart + days{731}; t += hours{3}) {
        for (const uint64_t node : {0u, 3u, 5u, 9u, 11u}) {
            const Values values = ReadAll(field, node, t);
            for (const ChannelId id : {ChannelId::kVwc5, ChannelId::kVwc20, ChannelId::kVwc50}) {
                ASSERT_GT(values.at(id), 0.03);
                ASSERT_LT(values.at(id), 0.50);
            }
            ASSERT_GE(values.at(ChannelId::kBulkEc5), 0.0);
            ASSERT_LT(values.at(ChannelId::kBulkEc5), 1.0);
            ASSERT_LE(values.at(ChannelId::kMatricPotential20), -5.0);
            ASSERT_GE(values.at(ChannelId::kMatricPotential20), -100'000.0);
            ASSERT_GT(values.at(ChannelId::kBatteryPercent), 40.0);
            ASSERT_LE(values.at(ChannelId::kBatteryPercent), 100.0);
            ASSERT_GT(values.at(ChannelId::kSoilTemperature50), -2.0);
        }
    }
}

TEST(FieldTest, ConductivityFollowsWater) {
    Field field = MakeField();
    double water_sum = 0.0;
    double ec_sum = 0.0;
    double products = 0.0;
    double water_squares = 0.0;
    double ec_squares = 0.0;
    int n = 0;
    for (Time t = kStart; t < kStart + days{90}; t += hours{6}) {
        const Values values = ReadAll(field, 0, t);
        const double water = values.at(ChannelId::kVwc20);
        const double ec = values.at(ChannelId::kBulkEc20);
        water_sum += water;
        ec_sum += ec;
        products += water * ec;
        water_squares += water * water;
        ec_squares += ec * ec;
        ++n;
    }
    const double covariance = products / n - water_sum / n * ec_sum / n;
    const double spread = std::sqrt(water_squares / n - std::pow(water_sum / n, 2)) *
                          std::sqrt(ec_squares / n - std::pow(ec_sum / n, 2));
    EXPECT_GT(covariance / spread, 0.5);
}

TEST(FieldTest, ChannelsAreThoseThatAreRead) {
    Field field = MakeField({.raw_counts_node = 3});
    for (uint64_t node = 0; node < field.NodeCount(); ++node) {
        std::array<Reading, kMostReadings> readings{};
        const size_t count = field.Read(node, kStart, readings);
        const NodeInfo info = field.DescribeNode(node);
        ASSERT_EQ(info.channels.size(), count);
        for (size_t i = 0; i < count; ++i) EXPECT_EQ(info.channels[i], readings[i].channel);
    }
}

TEST(FieldTest, ReadingsHaveTheirDigitsOnly) {
    Field field = MakeField();
    for (const auto& [id, value] : ReadAll(field, 0, kStart)) {
        const double scaled = value * std::pow(10.0, Describe(id).digits);
        EXPECT_NEAR(scaled, std::round(scaled), 1e-6) << Describe(id).name;
    }
}

TEST(FieldTest, NodesHaveNamesAndPlaces) {
    const Field field = MakeField();
    std::set<std::string> names;
    std::set<double> latitudes;
    for (uint64_t node = 0; node < field.NodeCount(); ++node) {
        const NodeInfo info = field.DescribeNode(node);
        names.insert(info.name);
        latitudes.insert(info.latitude);
        EXPECT_NEAR(info.latitude, field.Config().climate.latitude, 0.01);
        EXPECT_NEAR(info.longitude, field.Config().climate.longitude, 0.01);
        EXPECT_EQ(info.weather, node == 12);
        EXPECT_EQ(info.texture.empty(), info.weather);
    }
    EXPECT_EQ(names.size(), 13u);
    EXPECT_EQ(latitudes.size(), 13u);
    EXPECT_TRUE(names.contains("field-node-01"));
    EXPECT_TRUE(names.contains("field-weather"));
}

TEST(FieldTest, OneNodeSendsCountsThatCalibrateToWater) {
    Field field = MakeField();
    Field raw = MakeField({.raw_counts_node = 3});
    const Values values = ReadAll(raw, 3, kStart);
    EXPECT_FALSE(values.contains(ChannelId::kVwc5));
    const double calibrated = 3.879e-4 * values.at(ChannelId::kRaw5) - 0.6956;
    EXPECT_NEAR(calibrated, ReadAll(field, 3, kStart).at(ChannelId::kVwc5), 1e-4);
}

TEST(FieldTest, ManyNodesShareColumnsAndStillDiffer) {
    Field field = MakeField({.nodes = 1'000'000});
    EXPECT_EQ(field.NodeCount(), 1'000'001u);
    EXPECT_NE(ReadAll(field, 3, kStart), ReadAll(field, 3 + Field::kMostColumns, kStart));
    EXPECT_EQ(field.DescribeNode(999'999).name, "field-node-1000000");
}

TEST(FieldTest, BeforeTheEpochTheSoilStands) {
    Field field = MakeField();
    const Time epoch = field.Config().epoch;
    EXPECT_NEAR(
        ReadAll(field, 0, epoch - days{100}).at(ChannelId::kVwc50),
        ReadAll(field, 0, epoch).at(ChannelId::kVwc50),
        0.01
    );
}

// Faults: each node of the demonstration shows its own.
class FieldFaultTest : public testing::Test {
  protected:
    /// The first moment at which the fault's episode is active, and a little more.
    Time Within(uint64_t node, FaultKind kind) const {
        for (Time t = kStart; t < kStart + days{300}; t += minutes{10}) {
            if (EpisodeAt(1, node, kind, t)) return t + hours{1};
        }
        ADD_FAILURE() << "no episode";
        return kStart;
    }
    Field field_ = MakeField();
};

TEST_F(FieldFaultTest, AFlatLineRepeatsItsValueAndOthersDoNot) {
    const Time t = Within(2, FaultKind::kFlatLine);
    std::set<double> flat;
    std::set<double> live;
    std::set<double> potential;  // Another probe, which goes on.
    for (int m = 0; m < 24; ++m) {
        const Values values = ReadAll(field_, 2, t + minutes{30 * m});
        flat.insert(values.at(ChannelId::kVwc20));
        live.insert(values.at(ChannelId::kVwc5));
        potential.insert(values.at(ChannelId::kMatricPotential20));
    }
    EXPECT_EQ(flat.size(), 1u);
    EXPECT_GT(live.size(), 5u);
    EXPECT_GT(potential.size(), 1u);
}

TEST_F(FieldFaultTest, ABrokenProbeSendsErrorCodes) {
    const Time t = Within(8, FaultKind::kErrorCode);
    EXPECT_EQ(ReadAll(field_, 8, t).at(ChannelId::kVwc20), kErrorValue);
    EXPECT_NE(ReadAll(field_, 8, t).at(ChannelId::kVwc5), kErrorValue);
    Field raw = MakeField({.raw_counts_node = 8});
    EXPECT_EQ(ReadAll(raw, 8, t).at(ChannelId::kRaw20), kErrorCounts);
    Field sound = MakeField({.faults = false});
    EXPECT_GT(ReadAll(sound, 8, t).at(ChannelId::kVwc20), 0.0);
}

TEST_F(FieldFaultTest, SpikesAndDriftAreAddedToTheTruth) {
    Field sound = MakeField({.faults = false});
    int spikes = 0;
    for (Time t = kStart; t < kStart + days{60}; t += hours{1}) {
        const double off =
            ReadAll(field_, 4, t).at(ChannelId::kVwc5) - ReadAll(sound, 4, t).at(ChannelId::kVwc5);
        spikes += std::fabs(off) > 0.05 ? 1 : 0;
    }
    EXPECT_GT(spikes, 1);
    EXPECT_LT(spikes, 20);
    const double drift = ReadAll(field_, 6, kStart).at(ChannelId::kVwc50) -
                         ReadAll(sound, 6, kStart).at(ChannelId::kVwc50);
    EXPECT_NEAR(drift, DriftAt(1, 6, kStart), 2e-4);
}

TEST_F(FieldFaultTest, ASilentNodeAndAResetClock) {
    const int64_t silent = Within(1, FaultKind::kSilent).time_since_epoch() / minutes{10};
    EXPECT_TRUE(field_.Transmit(1, silent - 3).lost);
    const int64_t reset = Within(7, FaultKind::kClockReset).time_since_epoch() / minutes{10};
    const Transmission message = field_.Transmit(7, reset);
    EXPECT_LT(message.stamp, Time{hours{3}});
    EXPECT_GT(message.measured, kStart);
}

TEST_F(FieldFaultTest, ADirtyPanelRunsLowInWinter) {
    double low = 100.0;
    double sound = 100.0;
    for (Time t = kStart; t < kStart + days{365}; t += days{1}) {
        low = std::min(low, ReadAll(field_, 10, t).at(ChannelId::kBatteryPercent));
        sound = std::min(sound, ReadAll(field_, 9, t).at(ChannelId::kBatteryPercent));
    }
    EXPECT_LT(low, sound - 15.0);
}

TEST(FieldTransmitTest, StampsAreOnTheGridAndMomentsNear) {
    const Field field = MakeField({.faults = false});
    for (int64_t count = 2'900'000; count < 2'900'500; ++count) {
        for (uint64_t node = 0; node < field.NodeCount(); ++node) {
            const Transmission message = field.Transmit(node, count);
            ASSERT_EQ(message.stamp, Time{count * minutes{10}});
            ASSERT_LE(std::chrono::abs(message.measured - message.stamp), kMostClockError);
            ASSERT_GE(message.sent, message.measured);
            ASSERT_LE(message.sent, message.measured + seconds{30} + kMostLate);
        }
    }
}

}  // namespace
}  // namespace tilth::field
