#include "pipeline/rollup_writer.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace tilth::pipeline {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A datastream in memory whose rows change range by range, as the engine changes them.
class Series {
  public:
    explicit Series(size_t most_open_rows) { open_rows_.most = most_open_rows; }

    void Replace(TimeRange range, const std::vector<Observation>& rows) {
        std::erase_if(rows_, [&](const Observation& row) { return range.Contains(row.time); });
        rows_.insert(rows_.end(), rows.begin(), rows.end());
        std::ranges::sort(rows_, {}, &Observation::time);
        const auto read = [this](TimeRange asked) -> Result<std::vector<Observation>> {
            ++reads_;
            return Rows(asked);
        };
        std::vector<RollupWriter::Change> changes;
        ASSERT_TRUE(writer_.Update(range, rows, read, changes));
        for (const RollupWriter::Change& change : changes) {
            auto& stored = stored_[change.level];
            std::erase_if(stored, [&](const auto& entry) {
                return change.range.Contains(entry.first);
            });
            for (const Rollup& rollup : change.rows) stored[rollup.start] = rollup;
        }
    }

    std::vector<Observation> Rows(TimeRange range) const {
        std::vector<Observation> rows;
        for (const Observation& row : rows_) {
            if (range.Contains(row.time)) rows.push_back(row);
        }
        return rows;
    }

    void ExpectRollupsEqualTheRows() {
        for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
            std::vector<StatRow> stat;
            AppendStatRows(rows_, stat);
            const auto expected = MakeRollups(level, stat, BucketStart(level, rows_.back().time));
            std::vector<Rollup> got;
            for (const auto& [start, rollup] : stored_[level]) got.push_back(rollup);
            ASSERT_EQ(got, expected);
        }
    }

    int reads() const { return reads_; }

  private:
    std::vector<Observation> rows_;
    std::map<RollupLevel, std::map<Time, Rollup>> stored_;
    OpenRows open_rows_;
    RollupWriter writer_{open_rows_};
    int reads_ = 0;
};

Observation Row(Time time, double value) {
    Observation row;
    row.time = time;
    row.value = value;
    row.flag = QualityFlag::kGood;
    return row;
}

TEST(RollupWriterTest, NewReadingsCloseHoursWithoutReadingBack) {
    Series series(1000);
    for (int i = 0; i < 23 * 12; ++i) {
        const Time t = FromMicros(0) + minutes{5 * i};
        series.Replace({t, Time::max()}, {Row(t, i)});
    }
    series.ExpectRollupsEqualTheRows();
    EXPECT_EQ(series.reads(), 0);
}

TEST(RollupWriterTest, WhereADayFindsNoRoomItsHoursStillCloseWithoutReadingBack) {
    Series series(500);
    for (int i = 0; i < 47 * 60 * 6; ++i) {
        const Time t = FromMicros(0) + seconds{10 * i};
        series.Replace({t, Time::max()}, {Row(t, i)});
    }
    series.ExpectRollupsEqualTheRows();
    EXPECT_EQ(series.reads(), 1) << "the first day";
}

TEST(RollupWriterTest, AnyOrderOfChangesGivesTheRollupsOfTheRows) {
    Random random(7);
    for (int run = 0; run < 50; ++run) {
        constexpr size_t kMost[] = {0, 10, 200, 1'000'000};
        Series series(kMost[run % 4]);
        for (int step = 0; step < 60; ++step) {
            const Time from =
                FromMicros(0) + minutes{static_cast<int64_t>(random.Below(4 * 24 * 60))};
            std::vector<Observation> rows;
            Time t = from;
            for (uint64_t n = 1 + random.Below(400); n > 0; --n) {
                rows.push_back(Row(t, random.Normal()));
                t += minutes{1 + static_cast<int64_t>(random.Below(7))};
            }
            series.Replace({from, t}, rows);
            series.ExpectRollupsEqualTheRows();
        }
    }
}

}  // namespace
}  // namespace tilth::pipeline
