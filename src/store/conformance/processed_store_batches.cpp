// Questions about many datastreams at once: the same answers as one after the other.
#include "store/conformance/processed_store_suite.h"

namespace tilth {
namespace {

constexpr DatastreamId kUnknown{1003};
constexpr DatastreamId kEmptied{1004};
constexpr DatastreamId kAll[] = {kMoisture, kUnknown, kWarmth, kEmptied};

Time At(int64_t second) {
    return FromMicros(second * 1'000'000);
}

Status WriteCheckpoints(
    ProcessTransaction& transaction, DatastreamId datastream, std::vector<Checkpoint> rows
) {
    for (Checkpoint& row : rows) row.datastream = datastream;
    const ProcessTransaction::CheckpointChange change{datastream, rows.front().time, rows};
    return transaction.Write(std::span(&change, 1));
}

/// The suite's makers of rows, for functions beside it.
struct Made : ProcessedStoreSuite {
    using ProcessedStoreSuite::Rows;
    using ProcessedStoreSuite::Seconds;
    using ProcessedStoreSuite::Write;
};

/// Two series of uneven length, one that lost its rows, and one that never had any.
void Fill(std::unique_ptr<ProcessTransaction> transaction) {
    ASSERT_THAT(transaction->Lock(kAll), IsOk());
    Observations wet = Made::Rows(0, 40);
    wet[8].counts = wet[38].counts = false;
    wet[12].value = std::numeric_limits<double>::quiet_NaN();
    wet[39].provisional = wet[40].provisional = true;
    const Observations warm = Made::Rows(100'000, 100'002);
    ASSERT_THAT(Made::Write(*transaction, kMoisture, TimeRange{}, wet), IsOk());
    ASSERT_THAT(Made::Write(*transaction, kWarmth, TimeRange{}, warm), IsOk());
    ASSERT_THAT(Made::Write(*transaction, kEmptied, TimeRange{}, Made::Rows(5, 6)), IsOk());
    ASSERT_THAT(Made::Write(*transaction, kEmptied, TimeRange{}, {}), IsOk());
    const std::vector<Checkpoint> folds = {
        {{}, 7, At(10), "a"}, {{}, 9, At(10), "b"}, {{}, 7, At(20), "c"}};
    ASSERT_THAT(WriteCheckpoints(*transaction, kMoisture, folds), IsOk());
    ASSERT_THAT(WriteCheckpoints(*transaction, kWarmth, {{{}, 7, At(99'999), "d"}}), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
}

void ExpectSegmentsAsOneByOne(ProcessTransaction& transaction) {
    std::vector<ProcessTransaction::SegmentRequest> requests;
    for (const TimeRange range :
         {TimeRange{},
          Made::Seconds(10, 30),
          Made::Seconds(39, 40),
          Made::Seconds(41, 90),
          Made::Seconds(5, 5),
          TimeRange{Time::max(), Time::max()},
          TimeRange{At(20), Time::max()}}) {
        for (const size_t before : {0U, 1U, 3U, 100U}) {
            for (const DatastreamId id : kAll) requests.push_back({id, range, before});
        }
    }
    const auto answers = ValueOf(transaction.ReadSegments(requests));
    ASSERT_EQ(answers.size(), requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto& [id, range, before] = requests[i];
        EXPECT_EQ(answers[i], ValueOf(transaction.ReadSegment(id, range, before)))
            << Raw(id) << " from " << FormatRfc3339(range.from) << ", " << before;
    }
}

void ExpectCheckpointsAsOneByOne(ProcessTransaction& transaction) {
    std::vector<ProcessTransaction::CheckpointRequest> requests;
    for (const Time from : {Time::min(), At(10), At(11), At(20), At(21), Time::max()}) {
        for (const DatastreamId id : kAll) requests.push_back({id, from});
    }
    const auto answers = ValueOf(transaction.ReadCheckpoints(requests));
    ASSERT_EQ(answers.size(), requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
        const auto& [id, from] = requests[i];
        auto expected = ValueOf(transaction.CheckpointsBefore(id, from));
        const auto later = ValueOf(transaction.CheckpointsFrom(id, from));
        expected.insert(expected.end(), later.begin(), later.end());
        ASSERT_EQ(answers[i].size(), expected.size()) << Raw(id) << FormatRfc3339(from);
        for (size_t j = 0; j < expected.size(); ++j) {
            EXPECT_EQ(answers[i][j].datastream, expected[j].datastream);
            EXPECT_EQ(answers[i][j].test, expected[j].test);
            EXPECT_EQ(answers[i][j].time, expected[j].time);
            EXPECT_EQ(answers[i][j].state, expected[j].state);
        }
    }
}

void ExpectLastTimesAsOneByOne(ProcessTransaction& transaction) {
    const auto answers = ValueOf(transaction.LastTimes(kAll));
    ASSERT_EQ(answers.size(), std::size(kAll));
    for (size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i], ValueOf(transaction.LastTime(kAll[i]))) << Raw(kAll[i]);
    }
}

TEST_P(ProcessedStoreSuite, AnswersManyQuestionsAsOneByOne) {
    Fill(ValueOf(store_->Begin(generation_, lease_)));
    for (int round = 0; round < 2; ++round) {
        auto transaction = ValueOf(store_->Begin(generation_, lease_));
        ASSERT_THAT(transaction->Lock(kAll), IsOk());
        EXPECT_EQ(
            ValueOf(transaction->LastTimes(kAll)),
            (std::vector<std::optional<Time>>{At(40), std::nullopt, At(100'002), std::nullopt})
        );
        ExpectLastTimesAsOneByOne(*transaction);
        ExpectSegmentsAsOneByOne(*transaction);
        ExpectCheckpointsAsOneByOne(*transaction);
        transaction.reset();
        Reopen();
    }
}

TEST_P(ProcessedStoreSuite, AnswersManyQuestionsWithWhatTheTransactionHasWritten) {
    Fill(ValueOf(store_->Begin(generation_, lease_)));
    const auto transaction = ValueOf(store_->Begin(generation_, lease_));
    ASSERT_THAT(transaction->Lock(kAll), IsOk());
    ASSERT_THAT(Write(*transaction, kMoisture, Seconds(15, 45), Rows(20, 44)), IsOk());
    ASSERT_THAT(Write(*transaction, kUnknown, TimeRange{}, Rows(28, 29)), IsOk());
    ASSERT_THAT(Write(*transaction, kWarmth, TimeRange{}, {}), IsOk());
    ASSERT_THAT(WriteCheckpoints(*transaction, kMoisture, {{{}, 9, At(15), "e"}}), IsOk());
    ExpectLastTimesAsOneByOne(*transaction);
    ExpectSegmentsAsOneByOne(*transaction);
    ExpectCheckpointsAsOneByOne(*transaction);
    ASSERT_THAT(transaction->Commit(), IsOk());
}

TEST_P(ProcessedStoreSuite, AnswersNoQuestionsWithNothing) {
    const auto transaction = ValueOf(store_->Begin(generation_, lease_));
    EXPECT_TRUE(ValueOf(transaction->ReadSegments({})).empty());
    EXPECT_TRUE(ValueOf(transaction->ReadCheckpoints({})).empty());
    EXPECT_TRUE(ValueOf(transaction->LastTimes({})).empty());
}

}  // namespace
}  // namespace tilth
