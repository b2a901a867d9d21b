#include "soil/zl6.h"

#include "soil/ec.h"
#include "soil/permittivity.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tilth::soil {
namespace {

TEST(Zl6Test, MatchesALoggerRow) {
    // HBw3C, 2023-07-25 14:00.
    EXPECT_NEAR(Zl6WaterContent(24993), 0.27387847, 1e-12);
    EXPECT_NEAR(Zl6Temperature(6811), 18.11, 1e-12);
    EXPECT_NEAR(Zl6MatricPotential(22593), -17.8030947184, 1e-9);
}

TEST(Zl6Test, EndsOfTheRanges) {
    EXPECT_EQ(Zl6BulkEc(0), 0.0);
    EXPECT_NEAR(Zl6BulkEc(3000), 1.0, 1e-15);
    EXPECT_NEAR(Zl6MatricPotential(0), -0.09799310128566949, 1e-17);
}

TEST(Zl6Test, TheErrorCodeIsNoMeasurement) {
    for (const auto convert : {Zl6WaterContent, Zl6Temperature, Zl6BulkEc, Zl6MatricPotential}) {
        EXPECT_TRUE(std::isnan(convert(kZl6ErrorCounts)));
    }
}

using Row = std::vector<std::string>;

/// A logger's real rows, raw and as the vendor published them; empty where the data is not there.
class RealLogger {
  public:
    explicit RealLogger(const std::filesystem::path& path) {
        gzFile file = gzopen(path.c_str(), "rb");
        std::string text(1 << 16, '\0');
        while (file != nullptr &&
               gzgets(file, text.data(), static_cast<int>(text.size())) != nullptr) {
            rows_.push_back(Split(text.c_str()));
        }
        if (file != nullptr) gzclose(file);
        for (size_t i = 0; !rows_.empty() && i < rows_[0].size(); ++i) columns_[rows_[0][i]] = i;
    }

    size_t RowCount() const { return rows_.empty() ? 0 : rows_.size() - 1; }
    const std::map<std::string, size_t>& Columns() const { return columns_; }

    std::string Text(size_t row, const std::string& column) const {
        const Row& cells = rows_[row + 1];
        const size_t i = columns_.at(column);
        return i < cells.size() ? cells[i] : "";
    }
    std::optional<double> Number(size_t row, const std::string& column) const {
        const std::string text = Text(row, column);
        double value = 0.0;  // The files write a missing value in several ways.
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} ? std::optional(value) : std::nullopt;
    }

  private:
    static Row Split(std::string line) {
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
        Row cells;
        std::istringstream in(line);
        for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
        return cells;
    }

    std::vector<Row> rows_;
    std::map<std::string, size_t> columns_;
};

class Zl6DataTest : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        const char* folder = std::getenv("TILTH_TEST_DATA");
        if (folder == nullptr) GTEST_SKIP() << "TILTH_TEST_DATA is not set";
        const auto path = std::filesystem::path(folder) / "fsmmn_meter_zl6" / GetParam();
        if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
        logger_.emplace(path);
    }

    /// Compares every pair of raw and published values of the columns whose name holds `kind`.
    size_t Compare(
        const std::string& kind, const std::function<double(double)>& convert, double relative
    ) {
        size_t compared = 0;
        for (const auto& [raw_name, index] : logger_->Columns()) {
            if (!raw_name.starts_with("raw_") || raw_name.find(kind) == std::string::npos) continue;
            const std::string name = raw_name.substr(4);
            for (size_t row = 0; row < logger_->RowCount(); ++row) {
                const auto raw = logger_->Number(row, raw_name);
                const auto published = logger_->Number(row, name);
                if (!raw || !published || *raw == kZl6ErrorCounts) continue;
                EXPECT_NEAR(convert(*raw), *published, relative * std::fabs(*published) + 1e-12)
                    << name << row;
                ++compared;
            }
        }
        return compared;
    }

    std::optional<RealLogger> logger_;
};

TEST_P(Zl6DataTest, ReproducesEveryPublishedValue) {
    EXPECT_GT(Compare("_vwc_", Zl6WaterContent, 1e-9), 40'000u);
    EXPECT_GT(Compare("_soil_temp_", Zl6Temperature, 1e-9), 60'000u);
    EXPECT_GT(Compare("_matric_", Zl6MatricPotential, 1e-9), 15'000u);
}

TEST_P(Zl6DataTest, ReproducesThePublishedConductivity) {
    size_t compared = 0;
    for (const auto& [raw_name, index] : logger_->Columns()) {
        const size_t at = raw_name.find("_ec_");
        if (!raw_name.starts_with("raw_") || at == std::string::npos) continue;
        const auto sibling = [&](const std::string& kind) {
            return raw_name.substr(0, at) + kind + raw_name.substr(at + 4);
        };
        for (size_t row = 0; row < logger_->RowCount(); ++row) {
            const auto bulk = logger_->Number(row, raw_name);
            const auto water = logger_->Number(row, sibling("_vwc_m3m3_"));
            const auto warmth = logger_->Number(row, sibling("_soil_temp_C_"));
            const auto published = logger_->Number(row, raw_name.substr(4));
            if (!bulk || !water || !warmth || !published || *bulk == kZl6ErrorCounts ||
                *published == 0.0)
                continue;
            double ec = Zl6BulkEc(*bulk);
            if (logger_->Text(row, "ec_kind") == "satext") {
                const double pore =
                    PoreWaterEc(ec, Teros12Permittivity(*water / 10.0), Zl6Temperature(*warmth));
                ec = SaturationExtractEc(pore, Zl6WaterContent(*water), kMeterPorosity);
            }
            EXPECT_NEAR(ec, *published, 1e-9 * *published) << raw_name << row;
            ++compared;
        }
    }
    EXPECT_GT(compared, 40'000u);
}

INSTANTIATE_TEST_SUITE_P(
    Loggers,
    Zl6DataTest,
    testing::Values(
        "HBw3C_z6-19526_raw_and_processed.csv.gz", "HBw6C_z6-19536_raw_and_processed.csv.gz"
    ),
    [](const auto& logger) { return std::string(logger.param).substr(0, 5); }
);

}  // namespace
}  // namespace tilth::soil
