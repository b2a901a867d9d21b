#include "field/node.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::field {
namespace {

using std::chrono::hours;

const Time kStart = ParseRfc3339("2025-05-01T00:00:00Z").value();

TEST(BatteryTest, EmptiesInTheDarkAndFillsInTheSun) {
    Battery battery;
    for (int h = 0; h < 24 * 10; ++h) battery.StepHour(0.0, 1.0);
    const double after_dark = battery.charge;
    EXPECT_LT(after_dark, 0.6);
    EXPECT_GT(after_dark, 0.2);
    for (int h = 0; h < 100; ++h) battery.StepHour(600.0, 1.0);
    EXPECT_EQ(battery.charge, 1.0);
    for (int h = 0; h < 24 * 100; ++h) battery.StepHour(0.0, 1.0);
    EXPECT_EQ(battery.charge, 0.02);
}

TEST(BatteryTest, VoltageRisesWithChargeWithinTheCellsRange) {
    double last = 0.0;
    for (double charge = 0.0; charge <= 1.0; charge += 0.01) {
        const double volts = BatteryVoltage(charge, 0.0);
        EXPECT_GT(volts, last);
        EXPECT_GE(volts, 3.29);
        EXPECT_LE(volts, 4.20);
        last = volts;
    }
    EXPECT_GT(BatteryVoltage(0.5, 500.0), BatteryVoltage(0.5, 0.0));
}

TEST(ClockTest, DriftsAndIsSetOnceAWeek) {
    Duration most{};
    bool differs = false;
    for (int h = 0; h < 24 * 60; ++h) {
        const Duration error = ClockError(1, 3, kStart + hours{h});
        most = std::max(most, std::chrono::abs(error));
        differs |= error != ClockError(1, 4, kStart + hours{h});
    }
    EXPECT_LE(most, kMostClockError);
    EXPECT_GT(most, std::chrono::milliseconds{100});
    EXPECT_TRUE(differs);
}

TEST(RadioTest, LosesDelaysAndRepeatsAsOftenAsItSays) {
    const RadioQuality quality{0.01, 0.02, 0.03};
    int lost = 0;
    int late = 0;
    int twice = 0;
    constexpr int kMessages = 100'000;
    for (int i = 0; i < kMessages; ++i) {
        Transmission message{};
        message.node = static_cast<uint64_t>(i % 10);
        message.sequence = static_cast<uint64_t>(i / 10);
        Radio(1, quality, kStart, message);
        ASSERT_GE(message.sent, kStart);
        ASSERT_LE(message.sent, kStart + kMostLate);
        if (message.copies == 2) {
            ASSERT_GT(message.sent_again, message.sent);
            ASSERT_LE(message.sent_again, message.sent + std::chrono::seconds{20});
        }
        lost += message.lost ? 1 : 0;
        late += message.sent > kStart ? 1 : 0;
        twice += message.copies == 2 ? 1 : 0;
    }
    EXPECT_NEAR(lost, 0.01 * kMessages, 150);
    EXPECT_NEAR(late, 0.02 * kMessages, 200);
    EXPECT_NEAR(twice, 0.03 * 0.99 * kMessages, 250);
}

TEST(RadioTest, APerfectRadioDoesNothing) {
    Transmission message{};
    Radio(1, {0.0, 0.0, 0.0}, kStart, message);
    EXPECT_EQ(message.sent, kStart);
    EXPECT_FALSE(message.lost);
    EXPECT_EQ(message.copies, 1);
}

}  // namespace
}  // namespace tilth::field
