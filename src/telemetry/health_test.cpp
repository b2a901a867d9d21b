#include "telemetry/health.h"

#include <gmock/gmock.h>

namespace tilth::telemetry {
namespace {

using testing::ElementsAre;

TEST(Health, ADeclaredCheckIsNotReadyUntilItSaysSo) {
    Health health;
    health.Declare("stream store");
    EXPECT_FALSE(health.Snapshot().ready);
    EXPECT_THAT(
        health.Snapshot().checks,
        ElementsAre(Health::Check{.name = "stream store", .ready = false, .reason = "starting"})
    );
    health.SetReady("stream store");
    EXPECT_TRUE(health.Snapshot().ready);
    EXPECT_EQ(health.Snapshot().checks[0].reason, "");
}

TEST(Health, OneCheckThatIsNotReadyIsEnough) {
    Health health;
    health.SetReady("a");
    health.SetReady("b");
    health.SetNotReady("a", "disk full");
    EXPECT_FALSE(health.Snapshot().ready);
    EXPECT_THAT(
        health.Snapshot().checks,
        ElementsAre(Health::Check{"a", false, "disk full"}, Health::Check{"b", true, ""})
    );
}

TEST(Health, DeclaringAgainDoesNotForgetTheState) {
    Health health;
    health.SetReady("a");
    health.Declare("a");
    EXPECT_TRUE(health.Snapshot().ready);
}

TEST(Health, WhatHasEndedNoLongerCounts) {
    Health health;
    health.SetNotReady("a", "gone");
    health.Remove("a");
    EXPECT_TRUE(health.Snapshot().ready);
    EXPECT_TRUE(health.Snapshot().checks.empty());
}

}  // namespace
}  // namespace tilth::telemetry
