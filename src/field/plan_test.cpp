#include "field/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

namespace tilth::field {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart = ParseRfc3339("2025-05-01T06:00:00Z").value();

using Key = std::tuple<Time, uint64_t, uint64_t, int>;

std::vector<Key> All(const Field& field, Time from, Time to) {
    std::vector<Key> keys;
    Plan plan(field, {from, to});
    while (const auto send = plan.Next()) {
        keys.emplace_back(
            send->at, send->transmission.node, send->transmission.sequence, send->copy
        );
    }
    return keys;
}

Field MakeField(FieldConfig config) {
    return Field::Make(std::move(config)).value();
}

TEST(PlanTest, IsInOrderAndInsideItsRange) {
    const Field field = MakeField({.interval = minutes{1}});
    const auto keys = All(field, kStart, kStart + hours{6});
    ASSERT_GT(keys.size(), 13u * 350u);
    EXPECT_TRUE(std::ranges::is_sorted(keys));
    EXPECT_GE(std::get<0>(keys.front()), kStart);
    EXPECT_LT(std::get<0>(keys.back()), kStart + hours{6});
    EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), keys.size());
}

TEST(PlanTest, WhereARangeIsCutMakesNoDifference) {
    const Field field = MakeField({.interval = seconds{10}});
    const auto whole = All(field, kStart, kStart + hours{2});
    std::vector<Key> pieces;
    Duration piece = seconds{1};
    for (Time t = kStart; t < kStart + hours{2}; t += piece) {
        piece = std::min<Duration>(piece * 3, kStart + hours{2} - t);
        const auto part = All(field, t, t + piece);
        pieces.insert(pieces.end(), part.begin(), part.end());
        if (piece <= Duration{}) break;
    }
    EXPECT_EQ(pieces, whole);
}

TEST(PlanTest, HoldsEveryMeasurementThatIsNotLostOnce) {
    const Field field = MakeField({.interval = minutes{10}, .radio = {0.05, 0.05, 0.05}});
    std::set<std::pair<uint64_t, uint64_t>> first;
    int second = 0;
    for (const auto& [at, node, sequence, copy] :
         All(field, kStart - hours{1}, kStart + hours{30})) {
        if (copy == 0) {
            EXPECT_TRUE(first.emplace(node, sequence).second);
        } else {
            ++second;
        }
    }
    const int64_t from = kStart.time_since_epoch() / minutes{10};
    int lost = 0;
    for (int64_t count = from; count < from + 6 * 27; ++count) {
        for (uint64_t node = 0; node < field.NodeCount(); ++node) {
            const bool gone = field.Transmit(node, count).lost;
            lost += gone ? 1 : 0;
            ASSERT_EQ(first.contains({node, static_cast<uint64_t>(count)}), !gone);
        }
    }
    EXPECT_GT(lost, 50);
    EXPECT_GT(second, 50);
}

TEST(PlanTest, SomeComeLate) {
    const Field field = MakeField({.interval = minutes{10}, .radio = {0.0, 0.1, 0.0}});
    int late = 0;
    Plan plan(field, {kStart, kStart + hours{12}});
    while (const auto send = plan.Next())
        late += send->at > send->transmission.measured + minutes{1} ? 1 : 0;
    EXPECT_GT(late, 40);
    EXPECT_LT(late, 200);
}

TEST(PlanTest, MessagesOfAnIntervalAreSpread) {
    const Field field = MakeField(
        {.nodes = 5000,
         .interval = minutes{10},
         .send_spread = minutes{10},
         .radio = {0.0, 0.0, 0.0}}
    );
    std::map<int64_t, int> per_minute;
    for (const auto& [at, node, sequence, copy] : All(field, kStart, kStart + minutes{20})) {
        ++per_minute[(at - kStart) / minutes{1}];
    }
    for (const auto& [minute, count] : per_minute) EXPECT_NEAR(count, 500, 120) << minute;
}

TEST(PlanTest, AnEmptyRangeHasNothing) {
    const Field field = MakeField({});
    EXPECT_TRUE(All(field, kStart, kStart).empty());
}

}  // namespace
}  // namespace tilth::field
