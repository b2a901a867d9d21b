#include "backend/duckdb/parquet.h"

#include "backend/duckdb/engine.h"
#include "backend/duckdb/processed_store.h"
#include "store/conformance/checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tilth::duckdb {
namespace {

class Export : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "tilth_export_XXXXXX").string();
        folder_ = mkdtemp(name.data());
        store_ = ValueOf(OpenProcessedStore(folder_ / "processed.duckdb"));
        ASSERT_NE(store_, nullptr);
        const auto generation = ValueOf(store_->CreateGeneration(ConfigVersion{1}, "", Time{}));
        ASSERT_THAT(store_->ActivateGeneration(generation), IsOk());
        const Lease lease = ValueOf(store_->AcquireLease("test", std::chrono::hours{1}));
        auto transaction = ValueOf(store_->Begin(generation, lease));
        std::vector<Observation> rows(5000);
        for (size_t i = 0; i < rows.size(); ++i) {
            rows[i].time = FromMicros(static_cast<int64_t>(i) * 1'000'000);
            rows[i].value = i % 7 == 0 ? std::nan("") : static_cast<double>(i) / 3;
            rows[i].reading_id = i;
        }
        const SeriesChange change{DatastreamId{1}, TimeRange{}, true, rows};
        ASSERT_THAT(transaction->Write(std::span(&change, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    /// What another DuckDB says about the files.
    std::string Ask(const std::string& sql) {
        Database database = ValueOf(Database::Open("", {}));
        Connection connection = database.Connect().value();
        auto rows = connection.Query(sql);
        EXPECT_THAT(rows, IsOk());
        if (!rows || !ValueOf(rows->Next())) return "";
        return std::string(rows->Bytes(0, 0));
    }

    std::filesystem::path folder_;
    std::unique_ptr<ProcessedStore> store_;
};

constexpr const char* kSelect =
    "SELECT phenomenon_time, value, thing FROM observation ORDER BY phenomenon_time";

TEST_F(Export, WritesParquetThatHoldsEveryRow) {
    const std::string path = folder_ / "it's.parquet";
    ASSERT_THAT(ExportSelect(*store_, kSelect, ExportFormat::kParquet, path), IsOk());
    const std::string quoted = (folder_ / "it''s.parquet").string();
    EXPECT_EQ(
        Ask("SELECT count(*) || ' ' || count(value) || ' ' || max(phenomenon_time) FROM '" +
            quoted + "'"),
        "5000 4285 1970-01-01 01:23:19"
    );
    EXPECT_EQ(Ask("SELECT typeof(phenomenon_time) FROM '" + quoted + "' LIMIT 1"), "TIMESTAMP");
}

TEST_F(Export, WritesCsvWithAHeaderAndRfc3339Times) {
    const std::string path = folder_ / "rows.csv";
    ASSERT_THAT(ExportSelect(*store_, kSelect, ExportFormat::kCsv, path), IsOk());
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "phenomenon_time,value,thing");
    std::getline(file, line);
    EXPECT_EQ(line, "1970-01-01T00:00:00.000000Z,,");
}

TEST_F(Export, LeavesNothingBehindWhenItIsRefused) {
    const std::string path = folder_ / "rows.csv";
    EXPECT_THAT(
        ExportSelect(*store_, "DROP VIEW observation", ExportFormat::kCsv, path),
        FailsWith(Fault::kRefused)
    );
    EXPECT_THAT(
        ExportSelect(*store_, "SELECT nothing", ExportFormat::kCsv, path),
        FailsWith(Fault::kBadInput)
    );
    EXPECT_THAT(
        ExportSelect(*store_, kSelect, ExportFormat::kCsv, folder_ / "absent" / "rows.csv"),
        FailsWith(Fault::kUnavailable)
    );
    EXPECT_THAT(
        ExportSelect(
            *store_,
            "SELECT CAST(thing || 'x' || value AS INTEGER) FROM (SELECT 'a' AS thing, 1 AS value)",
            ExportFormat::kCsv,
            path
        ),
        FailsWith(Fault::kBadInput)
    );
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(std::filesystem::exists(path + ".part"));
    EXPECT_THAT(store_->Sql(kSelect, {}), IsOk());
}

}  // namespace
}  // namespace tilth::duckdb
