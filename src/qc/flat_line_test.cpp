#include "qc/flat_line.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace tilth::qc {
namespace {

using std::chrono::minutes;

struct Point {
    Time time;
    double value;
};

/// The longest stretch up to the last point, found the long way.
Duration LongWay(const std::vector<Point>& points, const FlatStretch::Limits& limits) {
    double low = HUGE_VAL;
    double high = -HUGE_VAL;
    size_t start = points.size();
    Time newer = points.back().time;
    for (size_t i = points.size(); i > 0; --i) {
        const Point& point = points[i - 1];
        if (!std::isnan(point.value)) {
            if (newer - point.time > limits.max_gap) break;
            low = std::min(low, point.value);
            high = std::max(high, point.value);
            if (!(high - low < limits.tolerance)) break;
            newer = point.time;
        }
        start = i - 1;
    }
    return std::min(points.back().time - points[start].time, limits.longest);
}

TEST(FlatStretchTest, AgreesWithTheLongWayOnAnySeries) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed * 104729);
        FlatStretch::Limits limits;
        limits.tolerance = 0.5 + random.Uniform();
        limits.longest = minutes{15 * (2 + random.Below(20))};
        std::vector<Point> points;
        FlatStretch stretch;
        FoldState state;
        double value = 0;
        Time time{};
        for (int i = 0; i < 200; ++i) {
            time += minutes{1 + random.Below(30)};
            value += random.Below(10) == 0 ? random.Uniform(-2, 2) : random.Uniform(-0.1, 0.12);
            const bool missing = random.Below(8) == 0;
            points.push_back({time, missing ? std::nan("") : value});
            stretch = FlatStretch::From(state);
            if (missing) {
                stretch.AddMissing(time);
            } else {
                ASSERT_EQ(stretch.Add(time, value, limits), LongWay(points, limits))
                    << seed << " " << i;
            }
            stretch.To(state);
        }
    }
}

TEST(FlatStretchTest, AGapEndsTheStretch) {
    FlatStretch::Limits limits;
    limits.tolerance = 1;
    limits.longest = std::chrono::hours{10};
    limits.max_gap = std::chrono::hours{2};
    FlatStretch stretch;
    stretch.Add(Time{}, 5, limits);
    EXPECT_EQ(stretch.Add(Time{} + std::chrono::hours{2}, 5, limits), std::chrono::hours{2});
    stretch.AddMissing(Time{} + std::chrono::hours{3});
    EXPECT_EQ(stretch.Add(Time{} + std::chrono::hours{5}, 5, limits), Duration{});
}

TEST(FlatStretchTest, TheStateStaysSmallOnASlowCreep) {
    FlatStretch::Limits limits;
    limits.tolerance = 1;
    limits.longest = std::chrono::days{365};
    FoldState state;
    Duration held{};
    for (int i = 0; i < 10'000; ++i) {
        FlatStretch stretch = FlatStretch::From(state);
        held = stretch.Add(Time{} + minutes{i}, 1e-6 * i, limits);
        stretch.To(state);
    }
    EXPECT_LE(state.words.size(), 2 + 6 * FlatStretch::kLevels);
    EXPECT_GE(held, minutes{FlatStretch::kLevels - 1});
}

TEST(FlatStretchTest, AfterTheLongestTimeTheStateForgetsHowItBegan) {
    FlatStretch::Limits limits;
    limits.tolerance = 0.1;
    limits.longest = std::chrono::hours{1};
    FoldState one;
    FoldState other;
    const auto add = [&](FoldState& state, int minute, double value) {
        FlatStretch stretch = FlatStretch::From(state);
        stretch.Add(Time{} + minutes{minute}, value, limits);
        stretch.To(state);
    };
    add(one, 0, 5);
    for (int minute = 10; minute <= 200; minute += 10) {
        add(one, minute, 5);
        add(other, minute, 5);
    }
    EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace tilth::qc
