#include "query/aggregate.h"

#include "base/random.h"
#include "query/testing/memory_store.h"

#include <gtest/gtest.h>

namespace tilth::query {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Row;

const Time kStart = ParseRfc3339("2024-01-30T00:00:00Z").value();
constexpr DatastreamId kId{7};

class AggregateTest : public ::testing::Test {
  protected:
    AggregateTest() {
        Random random(3);
        for (int i = 0; i < 10'000; ++i)
            rows_.push_back(Row(kStart + i * minutes{7}, 20 + random.Normal()));
        rows_[100].flag = QualityFlag::kFail;
        rows_[100].value = 1e9;
        store_.AddRows(kId, rows_);
    }

    std::vector<Summary> Ask(
        std::string_view every,
        std::vector<Aggregate> aggregates = {Aggregate::kMean},
        std::vector<QualityFlag> flags = {},
        TimeRange range = {}
    ) {
        const auto reader = OpenAggregate(
            store_,
            {kId,
             range,
             Every::Parse(every).value(),
             std::move(aggregates),
             std::move(flags),
             GenerationId{1}}
        );
        std::vector<Summary> all;
        while (true) {
            const auto some = reader->Next().value();
            if (some.empty()) return all;
            all.insert(all.end(), some.begin(), some.end());
        }
    }

    testing::MemoryStore store_;
    std::vector<Observation> rows_;
};

TEST_F(AggregateTest, RollupsAndRowsAgree) {
    // Quantiles of a week come from rows, its mean from roll-ups.
    for (const char* every : {"week", "month", "6h", "2d"}) {
        const auto from_rollups = Ask(every);
        const auto from_rows = Ask(every, {Aggregate::kMean, Aggregate::kP50});
        ASSERT_EQ(from_rollups.size(), from_rows.size()) << every;
        for (size_t i = 0; i < from_rows.size(); ++i) {
            EXPECT_EQ(from_rollups[i].start, from_rows[i].start);
            EXPECT_EQ(from_rollups[i].count, from_rows[i].count);
            EXPECT_EQ(from_rollups[i].min, from_rows[i].min);
            EXPECT_EQ(from_rollups[i].max, from_rows[i].max);
            EXPECT_NEAR(from_rollups[i].mean, from_rows[i].mean, 1e-12);
            EXPECT_NEAR(from_rollups[i].sd, from_rows[i].sd, 1e-12);
            EXPECT_NEAR(from_rollups[i].sum, from_rows[i].sum, 1e-8);
        }
    }
}

TEST_F(AggregateTest, TheOpenBucketIsThereAndTheSameAsWhenClosed) {
    const Summary open = Ask("hour", {Aggregate::kP90}).back();
    EXPECT_EQ(open.start, FloorHour(rows_.back().time));
    store_.AddRows(kId, {Row(rows_.back().time + hours{1}, 5)});
    const auto all = Ask("hour", {Aggregate::kP90});
    const Summary& closed = all[all.size() - 2];
    EXPECT_EQ(closed.start, open.start);
    EXPECT_EQ(closed.count, open.count);
    EXPECT_EQ(closed.mean, open.mean);
    EXPECT_EQ(closed.p90, open.p90);
}

TEST_F(AggregateTest, UsesGoodReadingsUnlessOthersAreAskedFor) {
    EXPECT_LT(Ask("day").front().max, 100);
    EXPECT_EQ(
        Ask("day", {Aggregate::kMax}, {QualityFlag::kGood, QualityFlag::kFail}).front().max, 1e9
    );
    const auto failed = Ask("day", {Aggregate::kCount}, {QualityFlag::kFail});
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0].count, 1u);
}

TEST_F(AggregateTest, ARangeIsWidenedToWholeBuckets) {
    const TimeRange range{kStart + hours{30}, kStart + hours{50}};
    const auto days = Ask("day", {Aggregate::kCount}, {}, range);
    ASSERT_EQ(days.size(), 2u);
    EXPECT_EQ(days[0].start, kStart + hours{24});
    EXPECT_EQ(days[0].count, Ask("day")[1].count);
    EXPECT_EQ(Ask("90m", {Aggregate::kCount}, {}, range).front().start, kStart + hours{30});
}

TEST_F(AggregateTest, BucketsWithoutReadingsAreAbsent) {
    store_.AddRows(kId, {Row(rows_.back().time + std::chrono::days{10}, 5)});
    const auto days = Ask("day");
    EXPECT_EQ(days.back().start - days[days.size() - 2].start, std::chrono::days{10});
    EXPECT_TRUE(std::isnan(days.back().sd));
}

TEST_F(AggregateTest, AMissingValueDoesNotSpoilItsBucket) {
    store_.AddRows(kId, {Row(kStart + Duration{1}, std::nan(""), QualityFlag::kMissing)});
    const auto all = Ask("15m", {Aggregate::kMean}, {QualityFlag::kGood, QualityFlag::kMissing});
    EXPECT_FALSE(std::isnan(all.front().mean));
}

}  // namespace
}  // namespace tilth::query
