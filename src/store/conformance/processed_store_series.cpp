// Rows of a datastream: replacing ranges in every shape, reading them back bit for bit.
#include "store/conformance/processed_store_suite.h"

#include <random>

namespace tilth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_P(ProcessedStoreSuite, KeepsEveryFieldOfARowBitForBit) {
    Observation full = Row(10, 0.1);
    full.raw_value = -0.0;
    full.reading_id = UINT64_MAX;
    full.number = INT64_MIN;
    full.raw = {WriterId{4000}, (Sequence{1} << 40) - 1, UINT32_MAX};
    full.objected = TestSet(UINT64_MAX);
    full.not_evaluated = TestSet(uint64_t{1} << 63);
    full.flag = QualityFlag::kFail;
    full.rank = SourceRank::kManual;
    full.provisional = true;
    full.manual_flag = UINT32_MAX;
    Observation loser = Row(10, 5e-324);
    loser.counts = false;
    loser.flag = QualityFlag::kSuspect;
    loser.rank = SourceRank::kLoggerFile;
    const Observations rows = {full, loser};
    Replace(kMoisture, Seconds(10, 11), rows);
    EXPECT_EQ(All(kMoisture), rows);
    Reopen();
    EXPECT_EQ(All(kMoisture), rows);
}

TEST_P(ProcessedStoreSuite, KeepsMissingAndInfiniteValuesApart) {
    Observations rows = {Row(1, kNan), Row(2, kInfinity), Row(3, -kInfinity), Row(4, -0.0)};
    rows[0].raw_value = kInfinity;
    rows[1].raw_value = kNan;
    Replace(kMoisture, Seconds(0, 10), rows);
    Reopen();
    EXPECT_EQ(All(kMoisture), rows);
}

TEST_P(ProcessedStoreSuite, KeepsTheFirstAndTheLastMomentThereIs) {
    Observations rows = {Row(0, 1), Row(0, 2), Row(0, 3)};
    rows[0].time = Time::min();
    rows[2].time = Time::max() - Duration{1};
    Replace(kMoisture, TimeRange{}, rows);
    Reopen();
    EXPECT_EQ(All(kMoisture), rows);
    EXPECT_THAT(
        ValuesOf(ReadBack({.datastream = kMoisture, .range = Seconds(-5, 5), .flags = {}})),
        ElementsAre(2)
    );
}

TEST_P(ProcessedStoreSuite, ReplacesARangeInEveryShape) {
    struct Shape {
        const char* what;
        int64_t from;
        int64_t to;
        Observations rows;
        std::vector<double> then;
    };
    const Shape shapes[] = {
        {"before all", 0, 5, {Row(2, -2)}, {-2, 10, 11, 12, 13, 14}},
        {"touching the front", 5, 10, {Row(9, -9)}, {-9, 10, 11, 12, 13, 14}},
        {"over the front", 8, 12, {Row(8, -8)}, {-8, 12, 13, 14}},
        {"inside", 11, 13, {Row(11, -11), Row(12, -12)}, {10, -11, -12, 13, 14}},
        {"inside, longer", 12, 13, Observations{Row(12, -12)}, {10, 11, -12, 13, 14}},
        {"emptying the inside", 11, 14, {}, {10, 14}},
        {"over the end", 13, 20, {Row(13, -13), Row(19, -19)}, {10, 11, 12, -13, -19}},
        {"emptying the end", 13, 20, {}, {10, 11, 12}},
        {"behind the end", 15, 20, {Row(15, -15)}, {10, 11, 12, 13, 14, -15}},
        {"everything", 0, 99, {Row(50, -50)}, {-50}},
        {"everything by nothing", 0, 99, {}, {}},
        {"an empty range", 12, 12, {}, {10, 11, 12, 13, 14}},
    };
    for (const Shape& shape : shapes) {
        for (const bool provisional : {false, true}) {
            Replace(kMoisture, TimeRange{}, {});
            Observations start = Rows(10, 14);
            if (provisional) start[3].provisional = start[4].provisional = true;
            Replace(kMoisture, TimeRange{}, start);
            Replace(kMoisture, Seconds(shape.from, shape.to), shape.rows);
            EXPECT_EQ(ValuesOf(All(kMoisture)), shape.then) << shape.what;
        }
    }
}

TEST_P(ProcessedStoreSuite, ReplacesTheProvisionalTailAsItSettles) {
    for (int64_t s = 0; s < 40; ++s) {
        Observations rows;
        if (s > 1) rows.push_back(Row(s - 2, static_cast<double>(s - 2)));
        if (s > 0) rows.push_back(Provisional(s - 1, static_cast<double>(s - 1)));
        rows.push_back(Provisional(s, static_cast<double>(s)));
        // Now and then a row's flag changes as it settles.
        if (s > 1 && s % 5 == 0) rows.front().flag = QualityFlag::kSuspect;
        Replace(kMoisture, {rows.front().time, Time::max()}, rows, true);
        if (s % 13 == 0) Reopen();
    }
    const Observations all = All(kMoisture);
    ASSERT_EQ(all.size(), 40U);
    for (size_t i = 0; i < all.size(); ++i) {
        Observation expected = Row(static_cast<int64_t>(i), static_cast<double>(i));
        expected.provisional = i >= 38;
        if ((i + 2) % 5 == 0 && i + 2 < 40) expected.flag = QualityFlag::kSuspect;
        EXPECT_EQ(all[i], expected) << i;
    }
}

TEST_P(ProcessedStoreSuite, KeepsProvisionalRowsApartWhereverTheyStand) {
    Observations rows = Rows(0, 9);
    for (const size_t i : {2U, 5U, 9U}) rows[i].provisional = true;
    Replace(kMoisture, TimeRange{}, rows);
    EXPECT_EQ(All(kMoisture), rows);
    // The first settles, a row behind it becomes provisional again, one before them too.
    rows[2].provisional = false;
    Replace(kMoisture, Seconds(2, 3), {rows[2]});
    rows[6].provisional = true;
    Replace(kMoisture, Seconds(6, 7), {rows[6]});
    rows[0].provisional = true;
    Replace(kMoisture, Seconds(0, 1), {rows[0]});
    EXPECT_EQ(All(kMoisture), rows);
    Reopen();
    EXPECT_EQ(All(kMoisture), rows);
    for (Observation& row : rows) row.provisional = false;
    Replace(kMoisture, TimeRange{}, rows);
    EXPECT_EQ(All(kMoisture), rows);
}

TEST_P(ProcessedStoreSuite, EqualsAModelAfterRandomChanges) {
    std::mt19937 random(12345);
    const auto below = [&](int64_t n) {
        return static_cast<int64_t>(random() % static_cast<uint32_t>(n));
    };
    std::map<std::pair<Time, int>, Observation> model;
    for (int step = 0; step < 150; ++step) {
        const int64_t from = below(60);
        const int64_t to = from + 1 + below(12);
        Observations rows;
        for (int64_t s = from; s < to; ++s) {
            if (below(3) == 0) continue;
            Observation row = Row(s, static_cast<double>(below(4)));
            row.provisional = below(3) == 0;
            row.counts = below(5) != 0;
            rows.push_back(row);
            if (row.counts && below(4) == 0) {
                rows.push_back(Row(s, -1));
                rows.back().counts = false;
                rows.back().reading_id += 1;
            }
        }
        const TimeRange range = Seconds(from, to);
        bool provisional_only = true;
        std::erase_if(model, [&](const auto& entry) {
            const bool inside = range.Contains(entry.second.time);
            if (inside && !entry.second.provisional) provisional_only = false;
            return inside;
        });
        for (const Observation& row : rows) model[{row.time, row.counts ? 0 : 1}] = row;
        Replace(kMoisture, range, rows, provisional_only);
        if (step % 40 == 39) Reopen();
        Observations expected;
        for (const auto& [key, row] : model) expected.push_back(row);
        ASSERT_EQ(All(kMoisture), expected) << "step " << step;
    }
    EXPECT_THAT(ValueOf(store_->CheckIntegrity()), IsEmpty());
}

TEST_P(ProcessedStoreSuite, KeepsDatastreamsApart) {
    Replace(kMoisture, TimeRange{}, Rows(0, 5));
    Replace(kWarmth, TimeRange{}, Rows(3, 8));
    Replace(kMoisture, Seconds(2, 4), {});
    EXPECT_THAT(ValuesOf(All(kMoisture)), ElementsAre(0, 1, 4, 5));
    EXPECT_THAT(ValuesOf(All(kWarmth)), ElementsAre(3, 4, 5, 6, 7, 8));
    EXPECT_THAT(All(DatastreamId{999}), IsEmpty());
}

TEST_P(ProcessedStoreSuite, WritesSeveralChangesOfOneDatastreamInOrder) {
    const Observations first = Rows(0, 9);
    const Observations second = {Row(4, -4)};
    const Observations third = {Row(4, -44), Row(5, -5)};
    const SeriesChange changes[] = {
        {kMoisture, TimeRange{}, false, first},
        {kMoisture, Seconds(3, 6), false, second},
        {kWarmth, TimeRange{}, true, first},
        {kMoisture, Seconds(4, 6), false, third},
    };
    auto transaction = Begin();
    ASSERT_THAT(transaction->Write(changes), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    EXPECT_THAT(ValuesOf(All(kMoisture)), ElementsAre(0, 1, 2, -44, -5, 6, 7, 8, 9));
    EXPECT_EQ(All(kWarmth).size(), 10U);
}

TEST_P(ProcessedStoreSuite, RefusesRowsOutOfOrderOrOutsideOfTheRange) {
    auto transaction = Begin();
    EXPECT_THAT(
        Write(*transaction, kMoisture, Seconds(0, 5), {Row(5, 1)}), FailsWith(Fault::kBadInput)
    );
    EXPECT_THAT(
        Write(*transaction, kMoisture, Seconds(0, 5), {Row(2, 1), Row(1, 1)}),
        FailsWith(Fault::kBadInput)
    );
    EXPECT_THAT(
        Write(*transaction, kMoisture, Seconds(0, 5), {Row(2, 1), Row(2, 1)}),
        FailsWith(Fault::kBadInput)
    );
}

TEST_P(ProcessedStoreSuite, ReadsBackWhatARequestAsksFor) {
    Observations rows = Rows(0, 9);
    rows[2].flag = QualityFlag::kFail;
    rows[3].flag = QualityFlag::kSuspect;
    Observation loser = Row(5, -5);
    loser.counts = false;
    loser.reading_id = 1;
    rows.insert(rows.begin() + 6, loser);
    Replace(kMoisture, TimeRange{}, rows);
    ObservationRequest request{.datastream = kMoisture, .range = Seconds(2, 7), .flags = {}};
    EXPECT_THAT(ValuesOf(ReadBack(request)), ElementsAre(2, 3, 4, 5, 6));
    request.counting_only = false;
    EXPECT_THAT(ValuesOf(ReadBack(request)), ElementsAre(2, 3, 4, 5, -5, 6));
    request.newest_first = true;
    request.limit = 3;
    EXPECT_THAT(ValuesOf(ReadBack(request)), ElementsAre(6, 5, -5));
    request.limit = 0;
    EXPECT_THAT(ReadBack(request), IsEmpty());
    request = {
        .datastream = kMoisture, .range = {}, .flags = {QualityFlag::kFail, QualityFlag::kSuspect}};
    EXPECT_THAT(ValuesOf(ReadBack(request)), ElementsAre(2, 3));
}

TEST_P(ProcessedStoreSuite, EndsAVisitWhenItIsToldTo) {
    Replace(kMoisture, TimeRange{}, Rows(0, 9999));
    size_t visits = 0;
    ASSERT_THAT(
        store_->ReadObservations(
            {.datastream = kMoisture, .range = {}, .flags = {}},
            [&](std::span<const Observation>) {
                ++visits;
                return false;
            }
        ),
        IsOk()
    );
    EXPECT_EQ(visits, 1U);
    EXPECT_EQ(All(kMoisture).size(), 10'000U);
}

TEST_P(ProcessedStoreSuite, GivesTheNewestCountingRowOfEach) {
    Observations rows = Rows(0, 4);
    rows[3].provisional = rows[4].provisional = true;
    rows[4].counts = false;
    Replace(kMoisture, TimeRange{}, rows);
    const DatastreamId asked[] = {kMoisture, kWarmth, DatastreamId{5}};
    auto latest = ValueOf(store_->Latest(asked));
    ASSERT_EQ(latest.size(), 1U);
    EXPECT_EQ(latest.at(kMoisture), rows[3]);
    // When the newest are taken away, the one before them is the newest.
    Replace(kMoisture, Seconds(2, 10), {});
    Reopen();
    latest = ValueOf(store_->Latest(asked));
    ASSERT_EQ(latest.size(), 1U);
    EXPECT_EQ(latest.at(kMoisture), rows[1]);
    Replace(kMoisture, TimeRange{}, {});
    EXPECT_THAT(ValueOf(store_->Latest(asked)), IsEmpty());
}

TEST_P(ProcessedStoreSuite, ReplacesRollupsByRange) {
    const auto hour = [](int64_t n) { return FromMicros(n * 3'600'000'000); };
    std::vector<Rollup> rows;
    for (int64_t h = 0; h < 6; ++h) {
        Rollup row;
        row.start = hour(h);
        row.count = UINT32_MAX;
        row.good_count = static_cast<uint32_t>(h);
        row.min = -kInfinity;
        row.mean = static_cast<double>(h) / 3;
        row.p90 = -0.0;
        rows.push_back(row);
    }
    const auto write = [&](TimeRange range, RollupLevel level, std::span<const Rollup> some) {
        auto transaction = Begin();
        const RollupChange change{kMoisture, level, range, some};
        ASSERT_THAT(transaction->Write(std::span(&change, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    write({}, RollupLevel::kHour, rows);
    write({}, RollupLevel::kDay, std::span(rows).first(1));
    EXPECT_EQ(ValueOf(store_->Rollups(kMoisture, RollupLevel::kHour, {})), rows);
    Reopen();
    rows[2].count = 1;
    write({hour(2), hour(4)}, RollupLevel::kHour, std::span(rows).subspan(2, 1));
    rows.erase(rows.begin() + 3);
    EXPECT_EQ(ValueOf(store_->Rollups(kMoisture, RollupLevel::kHour, {})), rows);
    EXPECT_EQ(ValueOf(store_->Rollups(kMoisture, RollupLevel::kDay, {})).size(), 1U);
    EXPECT_EQ(
        ValueOf(store_->Rollups(kMoisture, RollupLevel::kHour, {hour(1), hour(3)})).size(), 2U
    );
    EXPECT_THAT(ValueOf(store_->Rollups(kWarmth, RollupLevel::kHour, {})), IsEmpty());
}

}  // namespace
}  // namespace tilth
