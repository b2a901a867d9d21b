// What is known of a series answers as the store does, through every commit and however little of
// it is held.
#include "pipeline/known_rows.h"

#include "base/random.h"

#include <gmock/gmock.h>

#include <map>

namespace tilth::pipeline {
namespace {

using Rows = std::vector<Observation>;

Time At(int64_t second) {
    return FromMicros(second * 1'000'000);
}

Observation RowAt(int64_t second, Random& random) {
    Observation row;
    row.time = At(second);
    row.value = static_cast<double>(random.Below(1000));
    row.reading_id = random.Below(1'000'000);
    row.counts = random.Below(6) != 0;
    return row;
}

qc::SavedFold FoldAt(int test, int64_t second, std::string state) {
    return {test, At(second), std::move(state)};
}

/// The store, in the plainest form there is: no more than one row at a time.
struct Stored {
    std::map<Time, Observation> rows;
    std::vector<qc::SavedFold> folds;

    void Apply(const qc::SeriesOutput& output) {
        for (const qc::ChangedPart& part : output.parts) {
            rows.erase(rows.lower_bound(part.range.from), rows.lower_bound(part.range.to));
            for (const Observation& row : output.RowsOf(part)) rows[row.time] = row;
        }
        if (output.checkpoints_from == Time::max()) return;
        std::erase_if(folds, [&](const auto& fold) {
            return fold.time >= output.checkpoints_from;
        });
        folds.insert(folds.end(), output.checkpoints.begin(), output.checkpoints.end());
    }
    Rows Read(TimeRange range, size_t before) const {
        Rows found;
        for (auto row = rows.lower_bound(range.from); row != rows.begin() && found.size() < before;)
            if ((--row)->second.counts) found.push_back(row->second);
        std::ranges::reverse(found);
        if (range.Empty()) return found;
        for (auto row = rows.lower_bound(range.from); row != rows.lower_bound(range.to); ++row)
            found.push_back(row->second);
        return found;
    }
    std::vector<qc::SavedFold> FoldsFrom(Time time) const {
        std::vector<qc::SavedFold> found;
        for (const auto& fold : folds)
            if (fold.time >= time) found.push_back(fold);
        return found;
    }
    std::vector<qc::SavedFold> FoldsBefore(Time time) const {
        std::map<int, qc::SavedFold> latest;
        for (const auto& fold : folds)
            if (fold.time < time) latest[fold.test] = fold;
        std::vector<qc::SavedFold> found;
        for (const auto& [test, fold] : latest) found.push_back(fold);
        return found;
    }
};

/// A change of the last rows, of some in the middle, or far back; sometimes with checkpoints.
qc::SeriesOutput RandomOutput(const Stored& stored, Random& random) {
    const int64_t end =
        stored.rows.empty() ? 1000 : ToMicros(stored.rows.rbegin()->first) / 1'000'000 + 1;
    const auto back =
        static_cast<int64_t>(random.Below(4) == 0 ? random.Below(200) : random.Below(9));
    const int64_t from = std::max<int64_t>(0, end - back);
    const int64_t to = from + 1 + static_cast<int64_t>(random.Below(random.Below(9) == 0 ? 90 : 7));
    qc::SeriesOutput output;
    for (int64_t second = from; second < to; ++second) {
        if (random.Below(4) != 0) output.rows.push_back(RowAt(second, random));
    }
    output.parts.push_back({{At(from), At(to)}, false, 0, output.rows.size()});
    if (random.Below(3) == 0) {
        output.checkpoints_from = At(from);
        for (int64_t second = from; second < to; second += 3) {
            output.checkpoints.push_back(FoldAt(7, second, std::to_string(random.Below(99))));
            output.checkpoints.push_back(FoldAt(9, second, std::to_string(random.Below(99))));
        }
    }
    return output;
}

void Load(KnownRows& known, const Stored& stored, Time from, size_t before) {
    known.TakeRows(from, before, stored.Read({from, Time::max()}, before));
    auto folds = stored.FoldsBefore(from);
    for (auto& fold : stored.FoldsFrom(from)) folds.push_back(fold);
    known.TakeFolds(from, folds);
}

/// Compares all that is known; returns how many questions were answered.
size_t ExpectAsStored(const KnownRows& known, const Stored& stored, int64_t end) {
    size_t answered = 0;
    for (int64_t from = std::max<int64_t>(0, end - 60); from <= end + 2; from += 3) {
        for (const size_t before : {0U, 1U, 5U, 20U}) {
            for (const TimeRange range :
                 {TimeRange{At(from), At(from)},
                  TimeRange{At(from), At(from + 5)},
                  TimeRange{At(from), Time::max()}}) {
                const auto rows = known.Rows(range, before);
                if (!rows) continue;
                ++answered;
                EXPECT_EQ(*rows, stored.Read(range, before)) << from << " " << before;
            }
        }
        if (const auto folds = known.FoldsFrom(At(from))) {
            EXPECT_EQ(*folds, stored.FoldsFrom(At(from))) << from;
        }
        if (auto folds = known.FoldsBefore(At(from))) {
            std::ranges::sort(*folds, {}, &qc::SavedFold::test);
            EXPECT_EQ(*folds, stored.FoldsBefore(At(from))) << from;
        }
    }
    return answered;
}

TEST(KnownRowsTest, AnswerAsTheStoreDoes) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        Stored stored;
        KnownRows known;
        const bool from_start = random.Below(2) == 0;
        const size_t most = 4 + random.Below(60);
        if (from_start) known.StartEmpty();
        size_t answered = 0;
        for (int round = 0; round < 80; ++round) {
            const qc::SeriesOutput output = RandomOutput(stored, random);
            stored.Apply(output);
            if (known.known()) known.Apply(output, most);
            if (random.Below(5) == 0) known.Trim(most);
            if (stored.rows.empty()) continue;
            const int64_t end = ToMicros(stored.rows.rbegin()->first) / 1'000'000;
            if (!known.known() || random.Below(12) == 0)
                Load(known, stored, At(std::max<int64_t>(0, end - 30)), random.Below(20));
            answered += ExpectAsStored(known, stored, end);
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << " round " << round;
        }
        EXPECT_GT(answered, 500U);
    }
}

TEST(KnownRowsTest, HoldNotMuchMoreThanTheyMay) {
    Random random(5);
    KnownRows known;
    known.StartEmpty();
    for (int64_t second = 0; second < 1000; ++second) {
        qc::SeriesOutput output;
        output.rows.push_back(RowAt(second, random));
        output.parts.push_back({{At(second), At(second + 1)}, true, 0, 1});
        known.Apply(output, 40);
        known.Trim(40);
        EXPECT_LE(known.size(), 40U + 10U + 16U);
    }
    EXPECT_TRUE(known.Reaches(At(970), 8));
    EXPECT_FALSE(known.Reaches(At(800), 0));
}

TEST(KnownRowsTest, ASnapshotHoldsUntilSomethingBeforeItIsTouched) {
    Random random(5);
    KnownRows known;
    known.StartEmpty();
    for (int64_t second = 0; second < 30; ++second) {
        qc::SeriesOutput output;
        output.rows.push_back(RowAt(second, random));
        output.parts.push_back({{At(second), At(second + 1)}, true, 0, 1});
        known.Apply(output, 100);
        if (known.WantsSnapshot(At(second), 10)) known.AddSnapshot({FoldAt(7, second, "x")});
    }
    ASSERT_NE(known.SnapshotBefore(At(29)), nullptr);
    EXPECT_EQ(known.SnapshotBefore(At(29))->front().time, At(27));
    EXPECT_EQ(known.SnapshotBefore(At(26))->front().time, At(18));
    EXPECT_EQ(known.SnapshotBefore(At(8)), nullptr);
    known.Touch(At(18));
    EXPECT_EQ(known.SnapshotBefore(At(29))->front().time, At(18));
    known.Touch(At(17));
    EXPECT_EQ(known.SnapshotBefore(At(29))->front().time, At(9));
    known.Touch(Time::min());
    EXPECT_EQ(known.SnapshotBefore(At(29)), nullptr);
}

}  // namespace
}  // namespace tilth::pipeline
