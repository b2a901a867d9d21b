#include "broker_plugin/journal_writer.h"

#include "broker_plugin/recovery.h"
#include "broker_plugin/testing/journal_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tilth::broker_plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class JournalWriterTest : public testing::Test {
  protected:
    JournalWriterTest() {
        options_.segment_bytes = 16'384;
        options_.limit_bytes = 10 * 16'384;
        options_.database = place_.database();
        options_.qos2_hold = std::chrono::seconds{60};
    }

    void Open() {
        auto folder = JournalFolder::Lock(place_.folder());
        ASSERT_TRUE(folder) << folder.error().message;
        auto earlier = ListSegments(place_.folder());
        ASSERT_TRUE(earlier);
        run_ = NewRun(1000, run_.number);
        auto writer = JournalWriter::Open(std::move(*folder), options_, run_, *earlier, clock_);
        ASSERT_TRUE(writer) << writer.error().message;
        writer_ = std::move(*writer);
    }

    Refusal Append(const std::string& payload, uint8_t qos = 1) {
        Record record;
        record.qos = qos;
        record.topic = "t";
        record.payload = payload;
        return writer_->Append(record).refusal;
    }
    void Look() { writer_->Look(now_ += Duration{50'000}); }
    /// The broker saves; looks on both sides, as in its loop.
    void Save() {
        Look();
        place_.Save(false);
        Look();
    }

    /// Payloads that would be published again.
    std::vector<std::string> Recovered() {
        const auto segments = ListSegments(place_.folder());
        std::vector<std::string> payloads;
        const auto recovered = Recover(*segments, [&](const BrokerRun&, const Record& record) {
            payloads.emplace_back(record.payload);
            return Status{};
        });
        EXPECT_TRUE(recovered) << recovered.error().message;
        return payloads;
    }
    size_t Segments() { return ListSegments(place_.folder())->size(); }
    void WaitFor(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!done() && std::chrono::steady_clock::now() < limit) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            Look();
        }
        EXPECT_TRUE(done());
    }

    JournalPlace place_;
    WriterOptions options_;
    SystemClock clock_;
    Time now_{Duration{1'000'000'000}};
    BrokerRun run_;
    std::unique_ptr<JournalWriter> writer_;
};

TEST_F(JournalWriterTest, WhatWasAppendedIsRecoveredAfterAKill) {
    Open();
    EXPECT_EQ(Append("one"), Refusal::kNone);
    EXPECT_EQ(Append("two", 2), Refusal::kNone);
    EXPECT_EQ(writer_->last(), 2u);
    writer_.reset();
    EXPECT_THAT(Recovered(), ElementsAre("one", "two"));
}

TEST_F(JournalWriterTest, MessagesOfSeveralRunsComeInOrder) {
    Open();
    Append("one");
    writer_.reset();
    Open();
    Append("two");
    writer_.reset();
    Open();
    Append("three");
    writer_.reset();
    EXPECT_THAT(Recovered(), ElementsAre("one", "two", "three"));
}

TEST_F(JournalWriterTest, SegmentsFollowEachOther) {
    Open();
    std::vector<std::string> sent;
    for (int i = 0; i < 100; ++i) {
        sent.push_back(fmt::format("{}{}", i, std::string(500, 'x')));
        ASSERT_EQ(Append(sent.back()), Refusal::kNone) << i;
    }
    EXPECT_GE(Segments(), 4u);
    writer_.reset();
    EXPECT_EQ(Recovered(), sent);
}

TEST_F(JournalWriterTest, ARecordLargerThanASegmentGetsAFileOfItsOwnInOrder) {
    Open();
    const std::string large(50'000, 'x');
    Append("before");
    EXPECT_EQ(Append(large), Refusal::kNone);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Append("after"), Refusal::kNone);
    writer_.reset();
    EXPECT_THAT(Recovered(), ElementsAre("before", large, "after", "after", "after"));
}

TEST_F(JournalWriterTest, ARecordLargerThanTheLimitIsRefused) {
    Open();
    EXPECT_EQ(Append(std::string(options_.limit_bytes, 'x')), Refusal::kTooLarge);
    EXPECT_EQ(Append("small"), Refusal::kNone);
}

TEST_F(JournalWriterTest, AtTheLimitRecordsAreRefusedUntilASaveMakesRoom) {
    Open();
    const std::string large(10'000, 'x');
    int taken = 0;
    while (Append(large) == Refusal::kNone) ++taken;
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(Append(large), Refusal::kFull);
    EXPECT_LE(Segments(), 10u);
    Save();
    WaitFor([&] { return Append(large) == Refusal::kNone; });
    EXPECT_GE(writer_->Describe().refused, 2u);
}

TEST_F(JournalWriterTest, ACutDatabaseMakesNoRoom) {
    Open();
    for (int i = 0; i < 60; ++i) Append(std::string(500, 'x'));
    const size_t before = Segments();
    Look();
    place_.SaveCutShort();
    Look();
    WaitFor([&] { return !writer_->Describe().last_error.empty(); });
    EXPECT_THAT(writer_->Describe().last_error, HasSubstr("cut short"));
    EXPECT_GE(Segments(), before);  // one may have been prepared ahead
    Save();
    WaitFor([&] { return Segments() < before; });
    EXPECT_EQ(writer_->Describe().last_error, "");
}

TEST_F(JournalWriterTest, WhatASaveHasIsNotRecoveredAgain) {
    Open();
    Append("saved");
    Save();
    WaitFor([&] { return writer_->Describe().depth == 0; });
    Append("not saved");
    writer_.reset();
    EXPECT_THAT(Recovered(), ElementsAre("not saved"));
}

TEST_F(JournalWriterTest, Qos2IsRecoveredUntilItHasSettled) {
    Open();
    Append("quick");
    Append("exactly once", 2);
    Save();
    WaitFor([&] { return writer_->Describe().depth == 0; });
    writer_.reset();
    EXPECT_THAT(Recovered(), ElementsAre("exactly once"));
}

TEST_F(JournalWriterTest, HeldSegmentsStayAndGoWithASaveAfterTheRelease) {
    Open();
    writer_->Hold(true);
    for (int i = 0; i < 60; ++i) Append(std::string(500, 'x'));
    const size_t before = Segments();
    Save();
    Save();
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    EXPECT_GE(Segments(), before);
    writer_->Hold(false);
    // This save may have begun before the broker queued what was released.
    place_.Save(false);
    Look();
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    EXPECT_GE(Segments(), before);
    Save();
    WaitFor([&] { return Segments() < before; });
}

TEST_F(JournalWriterTest, ACleanEndEmptiesTheJournal) {
    Open();
    Append("one");
    Look();
    place_.Save(true);
    EXPECT_TRUE(writer_->Finish());
    writer_.reset();
    EXPECT_EQ(Segments(), 0u);
}

TEST_F(JournalWriterTest, AnEndWithoutTheBrokersLastSaveKeepsEverything) {
    Open();
    Append("one");
    Save();
    EXPECT_FALSE(writer_->Finish());
    Append("two");
    writer_.reset();
    EXPECT_THAT(Recovered(), testing::Contains("two"));
}

TEST_F(JournalWriterTest, FilesAreUsedAgain) {
    Open();
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 60; ++i) ASSERT_EQ(Append(std::string(500, 'x')), Refusal::kNone);
        Save();
        WaitFor([&] { return writer_->Describe().depth == 0; });
    }
    size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(place_.folder()))
        ++files;
    EXPECT_LE(files, 11u);  // ten of the limit, and the lock
}

TEST_F(JournalWriterTest, ABrokerKilledAgainAndAgainTakesNoMoreRoomThanItsMessages) {
    std::vector<std::string> sent;
    for (int round = 0; round < 30; ++round) {
        auto folder = JournalFolder::Lock(place_.folder());
        ASSERT_TRUE(folder);
        auto earlier = ListSegments(place_.folder());
        const auto recovered =
            Recover(*earlier, [](const BrokerRun&, const Record&) { return Status{}; });
        ASSERT_TRUE(recovered);
        earlier = folder->GiveBack(std::move(*earlier), recovered->ends);
        run_ = NewRun(1000, run_.number);
        auto writer = JournalWriter::Open(std::move(*folder), options_, run_, *earlier, clock_);
        ASSERT_TRUE(writer) << writer.error().message;
        writer_ = std::move(*writer);
        sent.push_back(fmt::format("{}", round));
        ASSERT_EQ(Append(sent.back()), Refusal::kNone) << round;
        writer_.reset();
    }
    EXPECT_EQ(Recovered(), sent);
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place_.folder()))
        bytes += entry.file_size();
    EXPECT_LT(bytes, 30 * (kSegmentHeader + 100) + 4 * options_.segment_bytes);
}

TEST_F(JournalWriterTest, ADamagedSegmentIsNotCut) {
    Open();
    Append("one");
    Append("two");
    Append("three");
    writer_.reset();
    const auto segments = ListSegments(place_.folder());
    place_.Overwrite(segments->front().path, kSegmentHeader + 56, "XXXX");
    const auto recovered =
        Recover(*segments, [](const BrokerRun&, const Record&) { return Status{}; });
    ASSERT_TRUE(recovered);
    EXPECT_EQ(recovered->ends.front(), 0u);
    const auto folder = JournalFolder::Lock(place_.folder());
    const auto left = folder->GiveBack(*segments, recovered->ends);
    ASSERT_THAT(left, SizeIs(1));  // the other had no records
    EXPECT_EQ(left.front().bytes, options_.segment_bytes);
}

TEST_F(JournalWriterTest, AFolderIsLocked) {
    Open();
    const auto second = JournalFolder::Lock(place_.folder());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::kConflict);
}

TEST_F(JournalWriterTest, ADamagedSegmentIsNamedAndTheOthersAreRead) {
    Open();
    Append("one");
    writer_.reset();
    Open();
    Append("two");
    writer_.reset();
    const auto segments = ListSegments(place_.folder());
    place_.Overwrite(segments->front().path, 0, "XXXX");
    std::vector<std::string> payloads;
    const auto recovered = Recover(*segments, [&](const BrokerRun&, const Record& record) {
        payloads.emplace_back(record.payload);
        return Status{};
    });
    ASSERT_TRUE(recovered);
    EXPECT_THAT(payloads, ElementsAre("two"));
    EXPECT_THAT(recovered->damage, SizeIs(1));
}

}  // namespace
}  // namespace tilth::broker_plugin
