// Written files are read back by DuckDB, a reader that shares no code with the writer.
#include "query/parquet.h"

#include <duckdb.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace tilth::query {
namespace {

class ParquetTest : public ::testing::Test {
  protected:
    void SetUp() override {
        path_ = std::filesystem::temp_directory_path() /
                fmt::format("tilth_parquet_{}.parquet", getpid());
        ASSERT_EQ(duckdb_open(nullptr, &database_), DuckDBSuccess);
        ASSERT_EQ(duckdb_connect(database_, &connection_), DuckDBSuccess);
    }
    void TearDown() override {
        duckdb_disconnect(&connection_);
        duckdb_close(&database_);
        std::filesystem::remove(path_);
    }

    /// One value of a query in which FILE stands for the file.
    std::string Ask(std::string sql) {
        sql.replace(sql.find("FILE"), 4, fmt::format("'{}'", path_.string()));
        duckdb_result result;
        if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
            std::string message = duckdb_result_error(&result);
            duckdb_destroy_result(&result);
            return message;
        }
        char* text = duckdb_value_varchar(&result, 0, 0);
        std::string value = text == nullptr ? "NULL" : text;
        duckdb_free(text);
        duckdb_destroy_result(&result);
        return value;
    }

    void Write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

    std::filesystem::path path_;
    duckdb_database database_{};
    duckdb_connection connection_{};
};

TEST_F(ParquetTest, RowsReadBackAcrossRowGroups) {
    ParquetWriter writer(
        {{"t", ParquetType::kTime}, {"s", ParquetType::kText}, {"x", ParquetType::kNumber}}
    );
    std::string bytes;
    constexpr int kRows = 300'000;
    for (int i = 0; i < kRows; ++i) {
        writer.Add(FromMicros(1'700'000'000'000'000 + i));
        writer.Add(std::string_view(i % 2 ? "odd" : "gerade °"));
        writer.Add(i % 3 == 0 ? std::nan("") : i * 0.5);
        writer.Flush(bytes);
    }
    writer.Finish(bytes);
    Write(bytes);
    EXPECT_EQ(Ask("SELECT count(*) FROM FILE"), "300000");
    EXPECT_EQ(Ask("SELECT count(x) FROM FILE"), "200000");
    EXPECT_EQ(Ask("SELECT max(x) FROM FILE"), "149999.5");
    EXPECT_EQ(Ask("SELECT x FROM FILE WHERE epoch_us(t) = 1700000000299999"), "149999.5");
    EXPECT_EQ(Ask("SELECT typeof(t) FROM FILE LIMIT 1"), "TIMESTAMP WITH TIME ZONE");
    EXPECT_EQ(Ask("SELECT count(*) FROM FILE WHERE s = 'gerade °'"), "150000");
    EXPECT_EQ(Ask("SELECT count(DISTINCT row_group_id) FROM parquet_metadata(FILE)"), "3");
}

TEST_F(ParquetTest, ATableWithoutRowsIsAFile) {
    ParquetWriter writer({{"t", ParquetType::kTime}, {"x", ParquetType::kNumber}});
    std::string bytes;
    writer.Finish(bytes);
    Write(bytes);
    EXPECT_EQ(Ask("SELECT count(*) FROM FILE"), "0");
}

TEST_F(ParquetTest, MoreColumnsThanFitAShortListAreWritten) {
    std::vector<ParquetColumn> columns;
    for (int i = 0; i < 20; ++i) columns.push_back({fmt::format("c{}", i), ParquetType::kNumber});
    ParquetWriter writer(columns);
    for (int i = 0; i < 20; ++i) writer.Add(static_cast<double>(i));
    std::string bytes;
    writer.Finish(bytes);
    Write(bytes);
    EXPECT_EQ(Ask("SELECT c19 FROM FILE"), "19.0");
}

}  // namespace
}  // namespace tilth::query
