// Retention under processing: results made of archived records are the same, bit for bit; what was
// deleted freezes them.
#include "backend/sqlite/stream_store.h"
#include "integration/archived_stores.h"
#include "pipeline/check.h"
#include "pipeline/config_history.h"
#include "pipeline/copy_stream.h"
#include "pipeline/horizon.h"
#include "pipeline/retention.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"

#include <filesystem>

namespace tilth::pipeline::testing {
namespace {

using archive::ArchivedStream;
using archive::testing::Sleep;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr StepLimits kSteps{200, 2'000};

Horizon Before(Time time) {
    return {.before = time, .who = "test", .why = "test"};
}

class ArchivedResultsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "tilth_ret_XXXXXX").string();
        place_ = mkdtemp(name.data());
        stream_ = Open("stream.sqlite");
        Random random(5);
        Way way;
        way.writers = 2;
        for (size_t i = 0; i < way.writers; ++i) Sure(stream_->OpenWriter("test"));
        for (const RawRecord& record : Arrange(MakeRecords(5), way, random)) {
            const RawRecordView view = record.View();
            Sure(stream_->Append({&view, 1}));
            last_ = std::max(last_, record.received_at);
        }
        active_ = Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", clock_.Now()));
        Sure(processed_.ActivateGeneration(active_));
        lease_ = Sure(processed_.AcquireLease("embedded", std::chrono::hours{1}));
        Process(active_);
        expected_ = Results(processed_, active_);
    }
    void TearDown() override {
        stream_.reset();
        std::filesystem::remove_all(place_);
    }

    std::unique_ptr<ArchivedStream> Open(const std::string& file) {
        return Sure(ArchivedStream::Open(
            Sure(sqlite::OpenStreamStore(place_ / file)),
            {.folder = place_ / "archive", .clock = &clock_}
        ));
    }
    void Process(GenerationId generation) {
        const auto processor =
            Sure(Processor::Open(*stream_, processed_, generation, MadeConfig(), lease_));
        Sure(ProcessAll(*processor, kSteps));
    }
    /// The results of another generation, made from the start of the stream.
    std::vector<std::string> MadeAnew() {
        const GenerationId again =
            Sure(processed_.CreateGeneration(ConfigVersion{1}, "again", clock_.Now()));
        Process(again);
        std::vector<std::string> results = Results(processed_, again);
        Sure(processed_.DropGeneration(again));
        return results;
    }
    MoveReport MoveBefore(Time before) {
        return Sure(MoveOldRecords(*stream_, processed_, before, Sleep));
    }

    std::filesystem::path place_;
    ManualClock clock_{FromMicros(1'900'000'000'000'000)};
    std::unique_ptr<ArchivedStream> stream_;
    MemoryProcessedStore processed_;
    GenerationId active_{};
    Lease lease_;
    Time last_ = Time::min();
    std::vector<std::string> expected_;
};

TEST_F(ArchivedResultsTest, AreTheSameFromTheStartOfTheStream) {
    const uint64_t all = Sure(stream_->Statistics()).records;
    const MoveReport half = MoveBefore(last_ - std::chrono::hours{12});
    EXPECT_GT(half.records, 0U);
    EXPECT_LT(half.records, all);
    EXPECT_EQ(MadeAnew(), expected_);
    const MoveReport rest = MoveBefore(Time::max());
    EXPECT_EQ(half.records + rest.records, all - 2) << "the last record of each writer stays";
    EXPECT_EQ(MadeAnew(), expected_);
    EXPECT_EQ(MoveBefore(Time::max()).files, 0U);
}

TEST_F(ArchivedResultsTest, ACopyHasStoredAndArchivedRecordsAsOneStream) {
    const auto before = Open("before.sqlite");
    const CopyReport whole = Sure(CopyStream(*stream_, *before, true, {}));
    MoveBefore(last_ - std::chrono::hours{12});
    const auto after = Open("after.sqlite");
    const CopyReport again = Sure(CopyStream(*stream_, *after, true, {}));
    EXPECT_EQ(whole.digest, again.digest);
    EXPECT_EQ(whole.records, again.records);
    EXPECT_THAT(Sure(after->Archived()), IsEmpty());
}

TEST_F(ArchivedResultsTest, OnlyWhatEveryGenerationHasComePastIsMoved) {
    // One that is being built and has come nowhere yet.
    const GenerationId building =
        Sure(processed_.CreateGeneration(ConfigVersion{1}, "again", clock_.Now()));
    EXPECT_EQ(MoveBefore(Time::max()).records, 0U);
    Process(building);
    EXPECT_GT(MoveBefore(Time::max()).records, 0U);
}

TEST_F(ArchivedResultsTest, NothingIsMovedWithoutResults) {
    MemoryProcessedStore empty;
    EXPECT_THAT(
        MoveOldRecords(*stream_, empty, Time::max(), Sleep), FailsWith(Fault::kUnavailable)
    );
}

TEST_F(ArchivedResultsTest, ADeletionIsOnRecordAndFreezesTheResults) {
    MoveBefore(last_ - std::chrono::hours{12});
    clock_.Advance(std::chrono::hours{1});
    const Horizon wish{.before = last_, .who = "anna", .why = "the disk is full"};
    EXPECT_THAT(
        DeleteArchived(*stream_, processed_, clock_, Before(FromMicros(0))),
        FailsWith(Fault::kNotFound)
    );
    EXPECT_THAT(CheckNothingIsFrozen(*stream_, processed_), IsOk());
    const DeleteReport report = Sure(DeleteArchived(*stream_, processed_, clock_, wish));
    EXPECT_GT(report.records, 0U);

    const auto horizon = Sure(LatestHorizon(*stream_));
    ASSERT_TRUE(horizon);
    EXPECT_EQ(horizon->who, "anna");
    EXPECT_EQ(horizon->why, "the disk is full");
    EXPECT_EQ(horizon->before, last_);
    EXPECT_EQ(horizon->when, clock_.Now());
    const Status refused = CheckNothingIsFrozen(*stream_, processed_);
    ASSERT_THAT(refused, FailsWith(Fault::kRefused));
    EXPECT_THAT(refused.error().message, HasSubstr("anna"));
    // The results stay, and what comes is processed.
    Process(active_);
    EXPECT_EQ(Results(processed_, active_), expected_);
    EXPECT_THAT(Sure(stream_->CheckIntegrity()), IsEmpty());
    const auto faults = Sure(CheckLab(*stream_, processed_, [](const std::string&) {}));
    EXPECT_THAT(faults, IsEmpty());
    // A copy carries the decision.
    const auto copy = Open("copy.sqlite");
    Sure(CopyStream(*stream_, *copy, true, {}));
    EXPECT_EQ(Sure(LatestHorizon(*copy))->who, "anna");
    // Results that are begun now lack nothing that the stream has.
    clock_.Advance(std::chrono::hours{1});
    const GenerationId next =
        Sure(processed_.CreateGeneration(ConfigVersion{1}, "after", clock_.Now()));
    Process(next);
    Sure(processed_.ActivateGeneration(next));
    EXPECT_THAT(CheckNothingIsFrozen(*stream_, processed_), IsOk());
}

TEST_F(ArchivedResultsTest, NothingIsDeletedWhileResultsAreBeingMade) {
    MoveBefore(Time::max());
    Sure(processed_.CreateGeneration(ConfigVersion{1}, "again", clock_.Now()));
    EXPECT_THAT(
        DeleteArchived(*stream_, processed_, clock_, Before(Time::max())),
        FailsWith(Fault::kConflict)
    );
    EXPECT_EQ(Sure(LatestHorizon(*stream_)), std::nullopt);
}

TEST_F(ArchivedResultsTest, ADeletionThatWasCutOffIsFinishedByTheNextCall) {
    MoveBefore(Time::max());
    auto ranges = Sure(stream_->Archived());
    ASSERT_GE(ranges.size(), 2U);
    // Cut off between the list and the folder, and before the other files.
    const auto path = place_ / "archive" / ranges[0].file;
    std::filesystem::copy_file(path, place_ / "kept");
    Sure(stream_->Delete(ranges[0]));
    std::filesystem::rename(place_ / "kept", path);
    Sure(DeleteArchived(*stream_, processed_, clock_, Before(Time::max())));
    for (const ArchivedRange& range : ranges)
        EXPECT_FALSE(std::filesystem::exists(place_ / "archive" / range.file));
}

}  // namespace
}  // namespace tilth::pipeline::testing
