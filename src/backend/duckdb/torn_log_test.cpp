// A log whose end a loss of power damaged is opened at the last commit before the damage.
#include "backend/duckdb/torn_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace tilth::duckdb {
namespace {

class TornLog : public ::testing::Test {
  protected:
    TornLog() {
        std::string pattern = std::filesystem::temp_directory_path() / "tilth-torn-XXXXXX";
        if (::mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
        CommitThreeRows();
    }
    ~TornLog() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ / "database.duckdb"; }
    std::string log() const { return path() + ".wal"; }

    /// Commits rows one by one, and copies the files as a loss of power would leave them.
    void CommitThreeRows() {
        const std::string living = folder_ / "living.duckdb";
        Database database = Database::Open(living, {}).value();
        Connection connection = database.Connect().value();
        for (const char* sql :
             {"CREATE TABLE t (i BIGINT); INSERT INTO t VALUES (1)",
              "INSERT INTO t VALUES (2)",
              "INSERT INTO t VALUES (3)"}) {
            EXPECT_TRUE(connection.Execute(sql));
            lengths_.push_back(std::filesystem::file_size(living + ".wal"));
        }
        std::filesystem::copy_file(living, path());
        std::filesystem::copy_file(living + ".wal", log());
    }

    /// These bytes of the log did not reach the disk.
    void Zero(uintmax_t from, uintmax_t to) {
        std::fstream file(log(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(from));
        file << std::string(to - from, '\0');
    }

    static int64_t RowsOf(Database& database) {
        Connection connection = database.Connect().value();
        Rows rows = connection.Query("SELECT count(*) FROM t").value();
        EXPECT_TRUE(rows.Next().value());
        return rows.Column<int64_t>(0)[0];
    }

    std::filesystem::path folder_;
    std::vector<uintmax_t> lengths_;  ///< Of the log, after each commit.
};

TEST_F(TornLog, IsReadToItsEndWhenItIsWhole) {
    Database database = OpenWithTornLog(path(), {}).value();
    EXPECT_EQ(RowsOf(database), 3);
}

TEST_F(TornLog, LosesTheCommitWhoseBlocksDidNotReachTheDisk) {
    Zero(lengths_[1], lengths_[2]);
    Database database = OpenWithTornLog(path(), {}).value();
    EXPECT_EQ(RowsOf(database), 2);
}

TEST_F(TornLog, LosesTheCommitThatReachedTheDiskInPart) {
    Zero(lengths_[1] + 20, lengths_[2]);
    Database database = OpenWithTornLog(path(), {}).value();
    EXPECT_EQ(RowsOf(database), 2);
}

TEST_F(TornLog, KeepsNothingBehindTheDamage) {
    Zero(lengths_[0], lengths_[1]);
    Database database = OpenWithTornLog(path(), {}).value();
    EXPECT_EQ(RowsOf(database), 1);
}

TEST_F(TornLog, TakesCommitsAfterIt) {
    Zero(lengths_[1], lengths_[2]);
    {
        Database database = OpenWithTornLog(path(), {}).value();
        Connection connection = database.Connect().value();
        EXPECT_TRUE(connection.Execute("INSERT INTO t VALUES (4)"));
    }
    Database again = Database::Open(path(), {}).value();
    EXPECT_EQ(RowsOf(again), 3);
}

TEST_F(TornLog, AFileWhoseMakingWasNotCompletedIsMadeAnew) {
    std::filesystem::remove(log());
    { Database database = Database::Open(folder_ / "new.duckdb", {}).value(); }
    for (const uintmax_t size : {0, 1, 4096, 10'000, 12'288}) {
        std::filesystem::copy_file(
            folder_ / "new.duckdb", path(), std::filesystem::copy_options::overwrite_existing
        );
        std::filesystem::resize_file(path(), size / 2);
        std::filesystem::resize_file(path(), size);
        Database database = OpenWithTornLog(path(), {}).value();
        EXPECT_TRUE(database.Connect().value().Execute("CREATE TABLE t (i BIGINT)")) << size;
    }
}

TEST_F(TornLog, ANewDatabaseIsKept) {
    std::filesystem::remove(log());
    { Database database = Database::Open(folder_ / "new.duckdb", {}).value(); }
    const auto before = std::filesystem::last_write_time(folder_ / "new.duckdb");
    Database database = OpenWithTornLog(folder_ / "new.duckdb", {}).value();
    EXPECT_EQ(std::filesystem::last_write_time(folder_ / "new.duckdb"), before);
}

TEST_F(TornLog, OtherTroubleIsToldAsItIs) {
    const Result<Database> database = OpenWithTornLog(folder_ / "no/such/folder", {});
    ASSERT_FALSE(database);
    EXPECT_NE(database.error().message.find("no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace tilth::duckdb
