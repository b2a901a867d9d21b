// Retention under processing: results made of archived records are the same, bit for bit; what was
// deleted freezes them.
#include "backend/mongodb/stream_store.h"
#include "backend/sqlite/stream_store.h"
#include "integration/archived_stores.h"
#include "pipeline/check.h"
#include "pipeline/config_history.h"
#include "pipeline/copy_stream.h"
#include "pipeline/horizon.h"
#include "pipeline/retention.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "support/ferretdb.h"

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

enum class Kind { kSqlite, kMongodb };

class ArchivedResultsTest : public ::testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        if (GetParam() == Kind::kMongodb && !test::FerretDb::Available())
            GTEST_SKIP() << "no MongoDB-compatible server: third_party/fetch ferretdb builds one";
        std::string name = (std::filesystem::temp_directory_path() / "tilth_ret_XXXXXX").string();
        place_ = mkdtemp(name.data());
        stream_ = Open("stream");
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
        if (!place_.empty()) std::filesystem::remove_all(place_);
    }

    Result<std::unique_ptr<ArchivableStore>> OpenStore(const std::string& name) {
        if (GetParam() == Kind::kSqlite) return sqlite::OpenStreamStore(place_ / name);
        return mongodb::OpenStreamStore({.url = test::FerretDb::Shared().UrlFor(place_ / name)});
    }
    std::unique_ptr<ArchivedStream> Open(const std::string& name) {
        return Sure(ArchivedStream::Open(
            Sure(OpenStore(name)), {.folder = place_ / "archive", .clock = &clock_}
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

INSTANTIATE_TEST_SUITE_P(
    Stores,
    ArchivedResultsTest,
    ::testing::Values(Kind::kSqlite, Kind::kMongodb),
    [](const ::testing::TestParamInfo<Kind>& one) {
        return one.param == Kind::kSqlite ? "Sqlite" : "Mongodb";
    }
);

TEST_P(ArchivedResultsTest, AreTheSameFromTheStartOfTheStream) {
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

TEST_P(ArchivedResultsTest, ACopyHasStoredAndArchivedRecordsAsOneStream) {
    const auto before = Open("before");
    const CopyReport whole = Sure(CopyStream(*stream_, *before, true, {}));
    MoveBefore(last_ - std::chrono::hours{12});
    const auto after = Open("after");
    const CopyReport again = Sure(CopyStream(*stream_, *after, true, {}));
    EXPECT_EQ(whole.digest, again.digest);
    EXPECT_EQ(whole.records, again.records);
    EXPECT_THAT(Sure(after->Archived()), IsEmpty());
}

TEST_P(ArchivedResultsTest, OnlyWhatEveryGenerationHasComePastIsMoved) {
    // One that is being built and has come nowhere yet.
    const GenerationId building =
        Sure(processed_.CreateGeneration(ConfigVersion{1}, "again", clock_.Now()));
    EXPECT_EQ(MoveBefore(Time::max()).records, 0U);
    Process(building);
    EXPECT_GT(MoveBefore(Time::max()).records, 0U);
}

TEST_P(ArchivedResultsTest, ALabThatRunsMovesThemByItself) {
    clock_.Set(last_ + std::chrono::hours{24});
    {
        const Retention retention(*stream_, processed_, clock_, std::chrono::hours{36});
        while (Sure(stream_->Archived()).empty())
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    const auto ranges = Sure(stream_->Archived());
    for (const ArchivedRange& range : ranges)
        EXPECT_LT(range.received_last, last_ - std::chrono::hours{12});
    EXPECT_EQ(MadeAnew(), expected_);
}

TEST_P(ArchivedResultsTest, NothingIsMovedWithoutResults) {
    MemoryProcessedStore empty;
    EXPECT_THAT(
        MoveOldRecords(*stream_, empty, Time::max(), Sleep), FailsWith(Fault::kUnavailable)
    );
}

TEST_P(ArchivedResultsTest, ADeletionIsOnRecordAndFreezesTheResults) {
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
    const auto copy = Open("copy");
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

TEST_P(ArchivedResultsTest, NothingIsDeletedWhileResultsAreBeingMade) {
    MoveBefore(Time::max());
    Sure(processed_.CreateGeneration(ConfigVersion{1}, "again", clock_.Now()));
    EXPECT_THAT(
        DeleteArchived(*stream_, processed_, clock_, Before(Time::max())),
        FailsWith(Fault::kConflict)
    );
    EXPECT_EQ(Sure(LatestHorizon(*stream_)), std::nullopt);
}

TEST_P(ArchivedResultsTest, ADeletionThatWasCutOffIsFinishedByTheNextCall) {
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
