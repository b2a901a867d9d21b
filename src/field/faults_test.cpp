#include "field/faults.h"

#include <gtest/gtest.h>

namespace tilth::field {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Time kStart = ParseRfc3339("2024-01-01T00:00:00Z").value();

struct Use {
    int episodes = 0;
    int hours = 0;
};

Use Count(FaultKind kind) {
    Use use;
    bool active = false;
    for (Time t = kStart; t < kStart + days{720}; t += minutes{10}) {
        const auto episode = EpisodeAt(1, 2, kind, t);
        EXPECT_TRUE(!episode || episode->Contains(t));
        use.episodes += episode && !active ? 1 : 0;
        use.hours += episode && t == FloorHour(t) ? 1 : 0;
        active = episode.has_value();
    }
    return use;
}

TEST(FaultsTest, EpisodesAreAsOftenAndAsLongAsTheySay) {
    EXPECT_NEAR(Count(FaultKind::kSilent).episodes, 72, 1);
    EXPECT_NEAR(Count(FaultKind::kFlatLine).episodes, 12, 1);
    const Use error = Count(FaultKind::kErrorCode);
    EXPECT_NEAR(error.episodes, 24, 1);
    EXPECT_GE(error.hours, 3 * 23);
    EXPECT_LE(error.hours, 9 * 25);
    EXPECT_NEAR(Count(FaultKind::kClockReset).episodes, 6, 1);
    EXPECT_EQ(Count(FaultKind::kDrift).episodes, 0);
    EXPECT_EQ(Count(FaultKind::kNone).episodes, 0);
}

TEST(FaultsTest, EpisodesExistBefore1970) {
    bool seen = false;
    for (Time t = FromMicros(0) - days{20}; t < FromMicros(0); t += minutes{10}) {
        seen |= EpisodeAt(1, 2, FaultKind::kSilent, t).has_value();
    }
    EXPECT_TRUE(seen);
}

TEST(FaultsTest, SpikesAreRareAndLarge) {
    int spikes = 0;
    for (int h = 0; h < 100'000; ++h) {
        const double spike = std::abs(Spike(1, 4, kStart + hours{h}));
        if (spike == 0.0) continue;
        ++spikes;
        ASSERT_GE(spike, 0.06);
        ASSERT_LE(spike, 0.20);
    }
    EXPECT_NEAR(spikes, 400, 80);
}

TEST(FaultsTest, DriftRisesSlowlyUntilTheProbeIsReplaced) {
    int replaced = 0;
    for (int d = 0; d < 720; ++d) {
        const double step = DriftAt(1, 6, kStart + days{d + 1}) - DriftAt(1, 6, kStart + days{d});
        if (step < 0.0) {
            ++replaced;
        } else {
            ASSERT_NEAR(step, 0.08 / 300.0, 1e-9);
        }
    }
    EXPECT_GE(replaced, 2);
    EXPECT_LE(replaced, 3);
}

TEST(FaultsTest, MostNodesAreSound) {
    int sound = 0;
    for (uint64_t node = 0; node < 100; ++node) sound += FaultOf(node) == FaultKind::kNone ? 1 : 0;
    EXPECT_EQ(sound, 93);
    EXPECT_STREQ(Name(FaultOf(2)), "flat line");
    EXPECT_STREQ(Name(FaultOf(107)), "clock reset");
    EXPECT_STREQ(Name(FaultOf(3)), "none");
}

}  // namespace
}  // namespace tilth::field
