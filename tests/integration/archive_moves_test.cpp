// Moving records into archive files: whatever happens in between, each record is there once.
#include "backend/mongodb/stream_store.h"
#include "backend/sqlite/database.h"
#include "backend/sqlite/stream_store.h"
#include "integration/archived_stores.h"
#include "store/conformance/stream_store_suite.h"
#include "support/ferretdb.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>

namespace tilth::archive {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::MoveAll;
using testing::Sleep;

/// What a step throws that the program does not survive.
struct Killed {};

struct Backend {
    std::string name;
    std::function<Result<std::unique_ptr<ArchivableStore>>(const std::filesystem::path&)> open;
    std::string absent = {};
};

Backend OnFiles() {
    return {.name = "Sqlite", .open = [](const std::filesystem::path& place) {
                return sqlite::OpenStreamStore(place / "stream.sqlite");
            }};
}
Backend OnServer() {
    return {
        .name = "Mongodb",
        .open =
            [](const std::filesystem::path& place) {
                return mongodb::OpenStreamStore({.url = test::FerretDb::Shared().UrlFor(place)});
            },
        .absent = test::FerretDb::Available()
                      ? ""
                      : "no MongoDB-compatible server: third_party/fetch ferretdb builds one"};
}

RawRecord RecordOf(WriterId writer, Sequence sequence) {
    RawRecord record;
    record.id = fmt::format("run-{:010}-{}", sequence, Raw(writer));
    record.writer = writer;
    record.sequence = sequence;
    record.received_at = FromMicros(static_cast<int64_t>(sequence) * 1'000'000);
    record.topic = "field/node";
    record.payload = fmt::format("{{\"value\": {}}}", sequence);
    return record;
}

Result<AppendOutcome> AppendRange(
    StreamStore& stream, WriterId writer, Sequence first, Sequence last
) {
    std::vector<RawRecord> records;
    for (Sequence s = first; s <= last; ++s) records.push_back(RecordOf(writer, s));
    std::vector<RawRecordView> views;
    for (const RawRecord& record : records) views.push_back(record.View());
    return stream.Append(views);
}

class ArchiveMovesTest : public ::testing::TestWithParam<Backend> {
  protected:
    void SetUp() override {
        if (!GetParam().absent.empty()) GTEST_SKIP() << GetParam().absent;
        std::string name = (std::filesystem::temp_directory_path() / "tilth_move_XXXXXX").string();
        place_ = mkdtemp(name.data());
        ASSERT_THAT(MakeFolder(Folder()), IsOk());
    }
    void TearDown() override {
        if (!place_.empty()) std::filesystem::remove_all(place_);
    }

    std::filesystem::path Folder() const { return place_ / "archive"; }
    std::unique_ptr<ArchivedStream> Open(
        std::function<void(std::string_view)> observer = {}, ArchiveOptions options = {}
    ) {
        options.folder = Folder();
        options.observer = std::move(observer);
        auto store = ValueOf(GetParam().open(place_));
        EXPECT_NE(store, nullptr);
        return ValueOf(ArchivedStream::Open(std::move(store), std::move(options)));
    }
    /// Every record from 1 to `last` is read once, in order, unchanged; and found by its id.
    static void ExpectAll(ArchivedStream& stream, WriterId writer, Sequence last) {
        Sequence next = 1;
        const ReadRequest all{.writer = writer, .up_to = last, .limit = SIZE_MAX};
        EXPECT_EQ(
            ValueOf(stream.Read(
                all,
                [&](const RawRecordView& record) {
                    EXPECT_TRUE(SameRecord(RawRecord(record), RecordOf(writer, next)));
                    ++next;
                    return true;
                }
            )),
            last
        );
        EXPECT_EQ(next, last + 1);
        for (Sequence s = 1; s <= last; s += 7)
            EXPECT_EQ(ValueOf(stream.GetById(RecordOf(writer, s).id)).sequence, s);
        EXPECT_EQ(ValueOf(stream.Statistics()).records, last);
        EXPECT_THAT(ValueOf(stream.CheckIntegrity()), ::testing::IsEmpty());
    }

    std::filesystem::path place_;
};

INSTANTIATE_TEST_SUITE_P(
    Stores,
    ArchiveMovesTest,
    ::testing::Values(OnFiles(), OnServer()),
    [](const ::testing::TestParamInfo<Backend>& one) { return one.param.name; }
);

TEST_P(ArchiveMovesTest, MovesWhatIsOldEnoughAndPassed) {
    auto stream = Open();
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 100), IsOk());
    MoveLimits limits{.writer = writer, .up_to = 60, .received_before = FromMicros(51'000'000)};
    const auto first = ValueOf(stream->CopyOut(limits));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->last, 50U);
    EXPECT_EQ(ValueOf(stream->CopyOut(limits)), std::nullopt);
    limits.received_before = Time::max();
    EXPECT_EQ(ValueOf(stream->CopyOut(limits))->last, 60U);
    limits.up_to = 1000;
    limits.most_records = 15;
    EXPECT_EQ(ValueOf(stream->CopyOut(limits))->last, 75U);
    limits.most_records = 1000;
    EXPECT_EQ(ValueOf(stream->CopyOut(limits))->last, 99U) << "the last record stays";
    EXPECT_EQ(ValueOf(stream->CopyOut(limits)), std::nullopt);
    ExpectAll(*stream, writer, 100);
    EXPECT_THAT(stream->RemoveCopied(Sleep), IsOk());
    ExpectAll(*stream, writer, 100);
    // The store really has let go of them.
    stream.reset();
    const auto bare = ValueOf(GetParam().open(place_));
    EXPECT_THAT(bare->Get(writer, 99), FailsWith(Fault::kNotFound));
    EXPECT_THAT(bare->Get(writer, 100), IsOk());
    EXPECT_EQ(ValueOf(bare->Writers()).front().highest, 100U);
}

TEST_P(ArchiveMovesTest, AnIdInAFileCountsAsStored) {
    auto stream = Open();
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 50), IsOk());
    ASSERT_THAT(MoveAll(*stream, writer), IsOk());
    stream = Open();
    const WriterId other = ValueOf(stream->OpenWriter("route"));
    std::vector<RawRecord> records;
    for (Sequence s = 1; s <= 3; ++s) records.push_back(RecordOf(other, s));
    records[1].id = RecordOf(writer, 17).id;
    std::vector<RawRecordView> views;
    for (const RawRecord& record : records) views.push_back(record.View());
    const AppendOutcome outcome = ValueOf(stream->Append(views));
    EXPECT_EQ(outcome.stored, 2U);
    EXPECT_EQ(outcome.duplicates, 1U);
    EXPECT_THAT(outcome.was_there, ::testing::ElementsAre(false, true, false));
    EXPECT_THAT(stream->Get(other, 2), FailsWith(Fault::kNotFound));
    EXPECT_EQ(ValueOf(stream->Statistics()).records, 52U);
}

/// A kill at each step of a move, and then another run.
TEST_P(ArchiveMovesTest, AKillAtAnyStepLosesNothingAndDoublesNothing) {
    constexpr Sequence kRecords = 60;
    WriterId writer{};
    {
        auto stream = Open();
        writer = ValueOf(stream->OpenWriter("route"));
        ASSERT_THAT(AppendRange(*stream, writer, 1, kRecords), IsOk());
    }
    int steps = 0;
    for (int at = 1; at == 1 || steps >= at - 1; ++at) {
        steps = 0;
        try {
            auto stream = Open([&](std::string_view) {
                if (++steps == at) throw Killed{};
            });
            // A few records a file, so that each run finds something to do.
            const MoveLimits limits{
                .writer = writer, .up_to = 1000, .received_before = Time::max(), .most_records = 4};
            EXPECT_TRUE(ValueOf(stream->CopyOut(limits)));
            EXPECT_THAT(stream->RemoveCopied(Sleep), IsOk());
        } catch (const Killed&) {
        }
        const auto stream = Open();
        ExpectAll(*stream, writer, kRecords);
    }
    EXPECT_GE(steps, 5);
    const auto stream = Open();
    ASSERT_THAT(MoveAll(*stream, writer), IsOk());
    ExpectAll(*stream, writer, kRecords);
}

TEST_P(ArchiveMovesTest, OfTwoThatMoveTheSameOneIsRefused) {
    const auto one = Open();
    const WriterId writer = ValueOf(one->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*one, writer, 1, 40), IsOk());
    const MoveLimits limits{
        .writer = writer, .up_to = 1000, .received_before = Time::max(), .most_records = 10};
    // The other one comes first, while this one has written its file and not entered it.
    std::unique_ptr<ArchivedStream> other;
    const auto late = Open([&](std::string_view step) {
        if (step != "published" || other) return;
        other = Open();
        EXPECT_TRUE(ValueOf(other->CopyOut(limits)));
    });
    EXPECT_THAT(late->CopyOut(limits), FailsWith(Fault::kConflict));
    EXPECT_THAT(late->RemoveCopied(Sleep), IsOk());
    EXPECT_THAT(MoveAll(*late, writer, 10), IsOk());
    ExpectAll(*Open(), writer, 40);
}

TEST_P(ArchiveMovesTest, AMissingOrAlteredFileIsNamed) {
    auto stream = Open();
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 30), IsOk());
    ASSERT_THAT(MoveAll(*stream, writer), IsOk());
    const ArchivedRange range = ValueOf(stream->Archived()).front();
    const std::filesystem::path path = Folder() / range.file;
    const auto aside = place_ / "aside";
    std::filesystem::rename(path, aside);
    stream = Open();
    const ReadRequest all{.writer = writer, .up_to = 30};
    const auto ignore = [](const RawRecordView&) { return true; };
    const auto missing = stream->Read(all, ignore);
    ASSERT_THAT(missing, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(missing.error().message, HasSubstr(range.file));
    EXPECT_THAT(stream->Get(writer, 3), FailsWith(Fault::kUnavailable));
    // What is newer is stored; an id that the file may have is not stored a second time.
    EXPECT_THAT(AppendRange(*stream, ValueOf(stream->OpenWriter("b")), 500, 500), IsOk());
    RawRecord again = RecordOf(ValueOf(stream->OpenWriter("c")), 1);
    again.id = RecordOf(writer, 7).id;
    const RawRecordView view = again.View();
    EXPECT_THAT(stream->Append({&view, 1}), FailsWith(Fault::kUnavailable));

    std::filesystem::rename(aside, path);
    EXPECT_EQ(ValueOf(stream->Append({&view, 1})).duplicates, 1U);
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('\x7f');
    }
    stream = Open();
    EXPECT_THAT(stream->Read(all, ignore), FailsWith(Fault::kCorrupt));
    const auto problems = ValueOf(stream->CheckIntegrity());
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems.front(), HasSubstr(range.file));
}

TEST_P(ArchiveMovesTest, NothingIsRemovedWhoseFileIsBad) {
    auto stream = Open();
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 30), IsOk());
    const auto range =
        ValueOf(stream->CopyOut({.writer = writer, .up_to = 1000, .received_before = Time::max()}));
    std::ofstream(Folder() / range->file, std::ios::binary) << "something else";
    EXPECT_THAT(stream->RemoveCopied(Sleep), FailsWith(Fault::kCorrupt));
    stream.reset();
    const auto bare = ValueOf(GetParam().open(place_));
    EXPECT_THAT(bare->Get(writer, 1), IsOk());
}

TEST_P(ArchiveMovesTest, RefusesWhatCannotBeArchived) {
    const auto store = ValueOf(GetParam().open(place_));
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*store, writer, 1, 10), IsOk());
    ArchivedRange range;
    range.file = "one";
    range.writer = writer;
    range.first = 1;
    range.last = 10;
    EXPECT_THAT(store->AddArchived(range), FailsWith(Fault::kBadInput)) << "with the last record";
    range.last = 5;
    EXPECT_THAT(store->AddArchived(range), IsOk());
    range.file = "two";
    EXPECT_THAT(store->AddArchived(range), FailsWith(Fault::kConflict));
    range.first = 5;
    range.last = 6;
    EXPECT_THAT(store->AddArchived(range), FailsWith(Fault::kConflict));
    range.writer = WriterId{99};
    EXPECT_THAT(store->AddArchived(range), FailsWith(Fault::kBadInput));
    EXPECT_THAT(store->RemoveArchived("two"), FailsWith(Fault::kNotFound));
    EXPECT_THAT(store->MarkDeleted("one"), FailsWith(Fault::kConflict));
    EXPECT_THAT(store->RemoveArchived("one"), IsOk());
    EXPECT_THAT(store->RemoveArchived("one"), IsOk());
    EXPECT_THAT(store->Get(writer, 5), FailsWith(Fault::kNotFound));
    EXPECT_THAT(store->Get(writer, 6), IsOk());
    EXPECT_THAT(store->MarkDeleted("one"), IsOk());
    EXPECT_EQ(ValueOf(store->Archived()).front().state, ArchiveState::kDeleted);
}

TEST_P(ArchiveMovesTest, WhatIsDeletedIsAHole) {
    auto stream = Open();
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 30), IsOk());
    ASSERT_THAT(MoveAll(*stream, writer, 10), IsOk());
    const auto ranges = ValueOf(stream->Archived());
    ASSERT_EQ(ranges.size(), 3U);
    EXPECT_THAT(stream->Delete(ranges[0]), IsOk());
    EXPECT_FALSE(std::filesystem::exists(Folder() / ranges[0].file));
    std::vector<Sequence> read;
    const ReadRequest all{.writer = writer, .up_to = 30};
    EXPECT_EQ(
        ValueOf(stream->Read(
            all,
            [&](const RawRecordView& record) {
                read.push_back(record.sequence);
                return true;
            }
        )),
        30U
    );
    ASSERT_EQ(read.size(), 20U);
    EXPECT_EQ(read.front(), 11U);
    const auto gone = stream->Get(writer, 3);
    ASSERT_THAT(gone, FailsWith(Fault::kNotFound));
    EXPECT_THAT(gone.error().message, HasSubstr("deleted"));
    EXPECT_EQ(ValueOf(stream->Statistics()).records, 20U);
    EXPECT_THAT(ValueOf(stream->CheckIntegrity()), ::testing::IsEmpty());
}

/// Another process reads from the store what this one has just entered: it is given time.
TEST_P(ArchiveMovesTest, RemovesOnlyAfterTheOthersHaveLooked) {
    auto stream = Open({}, {.folder = Folder(), .look_again = 10ms, .settle = 300ms});
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 30), IsOk());
    ASSERT_TRUE(
        ValueOf(stream->CopyOut({.writer = writer, .up_to = 1000, .received_before = Time::max()}))
    );
    std::chrono::milliseconds waited{0};
    EXPECT_THAT(
        stream->RemoveCopied([&](std::chrono::milliseconds time) {
            waited += time;
            return false;
        }),
        FailsWith(Fault::kUnavailable)
    );
    EXPECT_EQ(waited, 300ms);
    EXPECT_EQ(ValueOf(stream->Archived()).front().state, ArchiveState::kCopied);
    EXPECT_THAT(stream->RemoveCopied(Sleep), IsOk());
    EXPECT_EQ(ValueOf(stream->Archived()).front().state, ArchiveState::kMoved);
    ExpectAll(*stream, writer, 30);
}

TEST_P(ArchiveMovesTest, AReaderThatWasStoppedForLongReadsAgain) {
    auto stream = Open({}, {.folder = Folder(), .look_again = 10ms, .settle = 150ms});
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 30), IsOk());
    const ReadRequest all{.writer = writer, .up_to = 30};
    std::chrono::milliseconds pause = 200ms;
    const auto visit = [&pause](const RawRecordView&) {
        std::this_thread::sleep_for(std::exchange(pause, 0ms));
        return true;
    };
    EXPECT_THAT(stream->Read(all, visit), FailsWith(Fault::kUnavailable));
    EXPECT_EQ(ValueOf(stream->Read(all, visit)), 30U);
}

/// With a real SIGKILL, in a process of its own.
TEST(ArchiveKillTest, AKilledProcessLeavesAWholeStream) {
    std::string name = (std::filesystem::temp_directory_path() / "tilth_kill_XXXXXX").string();
    const std::filesystem::path place = mkdtemp(name.data());
    const auto open = [&](std::function<void(std::string_view)> observer) {
        return ValueOf(ArchivedStream::Open(
            ValueOf(sqlite::OpenStreamStore(place / "stream.sqlite")),
            {.folder = place / "archive", .observer = std::move(observer)}
        ));
    };
    ASSERT_THAT(MakeFolder(place / "archive"), IsOk());
    WriterId writer{};
    {
        const auto stream = open({});
        writer = ValueOf(stream->OpenWriter("route"));
        ASSERT_THAT(AppendRange(*stream, writer, 1, 200), IsOk());
    }
    for (int kill = 1; kill <= 24; ++kill) {
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            int steps = 0;
            const auto stream = open([&](std::string_view) {
                if (++steps == kill) raise(SIGKILL);
            });
            (void)MoveAll(*stream, writer, 5);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        const auto stream = open({});
        EXPECT_THAT(stream->RemoveLeftovers(), IsOk());
        Sequence next = 1;
        const ReadRequest all{.writer = writer, .up_to = 200, .limit = SIZE_MAX};
        EXPECT_THAT(
            stream->Read(
                all,
                [&](const RawRecordView& record) {
                    EXPECT_TRUE(SameRecord(RawRecord(record), RecordOf(writer, next++)));
                    return true;
                }
            ),
            IsOk()
        );
        ASSERT_EQ(next, 201U) << "kill at step " << kill;
        for (const auto& entry : std::filesystem::directory_iterator(place / "archive"))
            EXPECT_NE(entry.path().extension(), kUnfinished);
    }
    std::filesystem::remove_all(place);
}

TEST(ArchiveFormatTest, AProgramThatKnowsNoArchiveRefusesTheStore) {
    std::string name = (std::filesystem::temp_directory_path() / "tilth_old_XXXXXX").string();
    const std::filesystem::path place = mkdtemp(name.data());
    const auto version = [&] {
        auto file =
            ValueOf(sqlite::Connection::Open(place / "stream.sqlite", sqlite::Access::kReadWrite));
        return ValueOf(file.QueryInt("PRAGMA user_version"));
    };
    auto stream = ValueOf(ArchivedStream::Open(
        ValueOf(sqlite::OpenStreamStore(place / "stream.sqlite")), {.folder = place / "archive"}
    ));
    ASSERT_THAT(MakeFolder(place / "archive"), IsOk());
    const WriterId writer = ValueOf(stream->OpenWriter("route"));
    ASSERT_THAT(AppendRange(*stream, writer, 1, 10), IsOk());
    EXPECT_EQ(version(), 1) << "as long as nothing is archived, it is the old format";
    ASSERT_THAT(MoveAll(*stream, writer), IsOk());
    EXPECT_EQ(version(), 2);
    stream.reset();
    std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace tilth::archive
