#include "backend/sqlite/stream_store.h"

#include "backend/sqlite/database.h"
#include "store/conformance/stream_store_suite.h"

#include <signal.h>
#include <sys/resource.h>

#include <fstream>

namespace tilth {
namespace {

using ::testing::HasSubstr;

StreamStoreFactory SqliteFactory() {
    return {
        .name = "Sqlite",
        .open = [](const std::filesystem::path& place, const Clock& clock
                ) { return sqlite::OpenStreamStore(place / "stream.sqlite", {.clock = &clock}); },
    };
}

INSTANTIATE_TEST_SUITE_P(
    Embedded, StreamStoreSuite, ::testing::Values(SqliteFactory()), NameOfStreamFactory
);

INSTANTIATE_TEST_SUITE_P(
    Embedded, StreamStoreAttacks, ::testing::Values(SqliteFactory()), NameOfStreamFactory
);

/// The suite's helpers, for what only a file can suffer.
class SqliteStreamStore : public StreamStoreSuite {
  protected:
    std::string Path() const { return place_ / "stream.sqlite"; }
};

INSTANTIATE_TEST_SUITE_P(
    File, SqliteStreamStore, ::testing::Values(SqliteFactory()), NameOfStreamFactory
);

/// No file of this process may grow beyond a size while this lives.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        old_handler_ = signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &old_);
        const rlimit limited{bytes, old_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &old_);
        signal(SIGXFSZ, old_handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit old_{};
    sighandler_t old_handler_ = nullptr;
};

TEST_P(SqliteStreamStore, TakesABatchAgainAfterTheDiskWasFull) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 10);
    RawRecord large = Record(writer, 11);
    large.payload.assign(size_t{8} << 20, 'x');
    const std::vector<RawRecord> batch = {large, Record(writer, 12)};
    {
        const FileSizeLimit limit(rlim_t{2} << 20);
        const auto refused = Append(batch);
        ASSERT_THAT(refused, FailsWith(Fault::kUnavailable));
        EXPECT_THAT(refused.error().message, HasSubstr(Path()));
        EXPECT_EQ(InfoOf(writer).highest, 10U);
        EXPECT_EQ(ReadAll(writer).size(), 10U);
    }
    EXPECT_EQ(ValueOf(Append(batch)).stored, 2U);
    Reopen();
    EXPECT_EQ(ReadAll(writer).size(), 12U);
    EXPECT_THAT(ValueOf(store_->CheckIntegrity()), ::testing::IsEmpty());
}

TEST_P(SqliteStreamStore, RefusesAFileOfANewerFormat) {
    store_.reset();
    auto file = ValueOf(sqlite::Connection::Open(Path(), sqlite::Access::kReadWrite));
    ASSERT_THAT(file.Execute("PRAGMA user_version = 99"), IsOk());
    const auto opened = sqlite::OpenStreamStore(Path());
    ASSERT_THAT(opened, FailsWith(Fault::kRefused));
    EXPECT_THAT(opened.error().message, HasSubstr("newer Tilth"));
}

TEST_P(SqliteStreamStore, RefusesADatabaseOfSomebodyElse) {
    const std::string path = place_ / "other.sqlite";
    {
        auto file = ValueOf(sqlite::Connection::Open(path, sqlite::Access::kReadWrite));
        ASSERT_THAT(file.Execute("CREATE TABLE t (a)"), IsOk());
    }
    EXPECT_THAT(sqlite::OpenStreamStore(path), FailsWith(Fault::kCorrupt));
}

TEST_P(SqliteStreamStore, RefusesAFileThatIsNoDatabase) {
    const std::string path = place_ / "notes.txt";
    std::ofstream(path) << std::string(4096, 'n');
    EXPECT_THAT(sqlite::OpenStreamStore(path), FailsWith(Fault::kCorrupt));
}

TEST_P(SqliteStreamStore, NamesTheFolderItCannotUse) {
    const auto opened = sqlite::OpenStreamStore(place_ / "absent" / "stream.sqlite");
    ASSERT_THAT(opened, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(opened.error().message, HasSubstr("absent"));
}

TEST_P(SqliteStreamStore, FindsDamageInTheFile) {
    const WriterId writer = ValueOf(store_->OpenWriter("route"));
    AppendRange(writer, 1, 5000);
    store_.reset();
    {
        // Overwrites pages in the middle, as a failing disk does.
        std::fstream file(Path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096 * 20);
        file << std::string(4096 * 8, '\x5a');
    }
    store_ = ValueOf(sqlite::OpenStreamStore(Path()));
    ASSERT_NE(store_, nullptr);
    const auto problems = store_->CheckIntegrity();
    EXPECT_TRUE(!problems || !problems->empty());
}

}  // namespace
}  // namespace tilth
