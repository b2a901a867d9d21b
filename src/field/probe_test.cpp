#include "field/probe.h"

#include "base/random.h"
#include "field/soil_column.h"
#include "soil/permittivity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::field {
namespace {

constexpr ProbeTrait kPerfect{0.0, 0.0};
constexpr uint64_t kChance = Mix64(42);

class ProbeTest : public testing::Test {
  protected:
    Surroundings Soil(double water, double temperature = 20.0) const {
        return {&layer_.retention, water, temperature, 1.5};
    }
    static double Water(const ProbeReading& reading) {
        return soil::Teros12MineralWaterContent(reading.counts);
    }

    Layer layer_ = MakeColumn(1, 0).layers[0];  // A loam.
};

TEST_F(ProbeTest, SeesTheWaterWithinItsDataSheet) {
    for (double water = 0.10; water < 0.42; water += 0.02) {
        EXPECT_NEAR(Water(SeeTeros12(Soil(water), kPerfect, kChance)), water, 0.025) << water;
    }
}

TEST_F(ProbeTest, MoreWaterIsMoreCounts) {
    double last = 0.0;
    for (double water = 0.08; water < 0.43; water += 0.02) {
        const double counts = SeeTeros12(Soil(water), kPerfect, kChance).counts;
        EXPECT_GT(counts, last);
        last = counts;
    }
}

TEST_F(ProbeTest, FrostLooksLikeDrought) {
    EXPECT_LT(Water(SeeTeros12(Soil(0.30, -2.0), kPerfect, kChance)), 0.22);
    EXPECT_GT(Water(SeeTeros12(Soil(0.30, 1.0), kPerfect, kChance)), 0.27);
}

TEST_F(ProbeTest, ConductivityFollowsWaterAndWarmth) {
    EXPECT_GT(
        SeeTeros12(Soil(0.35), kPerfect, kChance).bulk_ec,
        1.5 * SeeTeros12(Soil(0.20), kPerfect, kChance).bulk_ec
    );
    EXPECT_GT(
        SeeTeros12(Soil(0.30, 25.0), kPerfect, kChance).bulk_ec,
        SeeTeros12(Soil(0.30, 5.0), kPerfect, kChance).bulk_ec
    );
    EXPECT_GE(SeeTeros12(Soil(0.06), kPerfect, kChance).bulk_ec, 0.0);
}

TEST_F(ProbeTest, PotentialIsThatOfTheRetentionCurve) {
    for (const double kpa : {-20.0, -100.0, -800.0}) {
        const double water = layer_.retention.WaterContent(kpa);
        EXPECT_NEAR(SeeTeros21(Soil(water), kChance), kpa, 0.04 * -kpa + 0.1);
    }
    EXPECT_EQ(SeeTeros21(Soil(layer_.retention.theta_s), kChance), -5.0);
    EXPECT_EQ(SeeTeros21(Soil(layer_.retention.theta_r), kChance), -100'000.0);
}

TEST_F(ProbeTest, NoiseIsSmallAndRepeatable) {
    double sum = 0.0;
    double squares = 0.0;
    constexpr uint64_t kReadings = 2000;
    for (uint64_t i = 0; i < kReadings; ++i) {
        const double water = Water(SeeTeros12(Soil(0.25), kPerfect, Mix64(i)));
        sum += water;
        squares += water * water;
    }
    const double mean = sum / kReadings;
    const double deviation = std::sqrt(squares / kReadings - mean * mean);
    EXPECT_GT(deviation, 1e-4);
    EXPECT_LT(deviation, 1e-3);
    EXPECT_EQ(
        SeeTeros12(Soil(0.25), kPerfect, kChance).counts,
        SeeTeros12(Soil(0.25), kPerfect, kChance).counts
    );
}

TEST_F(ProbeTest, ReadingsAreQuantised) {
    const ProbeReading reading = SeeTeros12(Soil(0.25, 12.345), kPerfect, kChance);
    EXPECT_NEAR(reading.counts * 10.0, std::round(reading.counts * 10.0), 1e-9);
    EXPECT_NEAR(reading.temperature * 10.0, std::round(reading.temperature * 10.0), 1e-9);
}

}  // namespace
}  // namespace tilth::field
