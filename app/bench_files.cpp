#include "app/bench_files.h"

#include "app/bench_messages.h"
#include "base/hash.h"
#include "base/random.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tilth::app {
namespace {

constexpr uint64_t kFiles = 4;
constexpr Duration kInterval = std::chrono::minutes{15};
constexpr std::array kColumns{
    "p1_teros21_matric_kPa_10cm",  "p1_teros21_soil_temp_C_10cm", "p2_teros12_vwc_m3m3_10cm",
    "p2_teros12_soil_temp_C_10cm", "p2_teros12_ec_10cm",          "p3_teros21_matric_kPa_50cm",
    "p3_teros21_soil_temp_C_50cm", "p4_teros12_vwc_m3m3_50acm",   "p4_teros12_soil_temp_C_50acm",
    "p4_teros12_ec_50acm",         "p5_teros12_vwc_m3m3_50bcm",   "p5_teros12_soil_temp_C_50bcm",
    "p5_teros12_ec_50bcm",         "p6_teros12_vwc_m3m3_90cm",    "p6_teros12_soil_temp_C_90cm",
    "p6_teros12_ec_90cm",          "p7_battery_batt_pct",         "p7_battery_batt_mV",
    "p8_barometer_press_kPa",      "p8_barometer_logger_temp_C",
};

/// A plausible value of column c: its middle and how far it moves.
double ValueOf(size_t column, uint64_t series, uint64_t row) {
    const std::string_view name = kColumns[column];
    const double wave = (BenchWaterContent(series, row, kInterval) - 0.25) / 0.08;
    if (name.contains("matric")) return -20 + 10 * wave;
    if (name.contains("temp")) return 12 + 6 * wave;
    if (name.contains("vwc")) return 0.28 + 0.08 * wave;
    if (name.contains("_ec_")) return 0.12 + 0.06 * wave;
    if (name.contains("pct")) return 95 + 4 * wave;
    if (name.contains("mV")) return 8000 + 80 * wave;
    return 95 + wave;
}

std::string MakeTable(uint64_t file, uint64_t rows) {
    std::string text = "time_processed,time_raw,download,ec_kind";
    for (const std::string_view prefix : {"", "raw_"}) {
        for (const char* column : kColumns)
            fmt::format_to(std::back_inserter(text), ",{}{}", prefix, column);
    }
    text += '\n';
    const Time start = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
    for (uint64_t row = 0; row < rows; ++row) {
        std::string time = FormatRfc3339(start + kInterval * static_cast<int64_t>(row));
        time[10] = ' ';
        time.pop_back();
        fmt::format_to(std::back_inserter(text), "{},{},a,bulk", time, time);
        for (size_t c = 0; c < kColumns.size(); ++c) {
            fmt::format_to(
                std::back_inserter(text), ",{:.6g}", ValueOf(c, file * kColumns.size() + c, row)
            );
        }
        for (size_t c = 0; c < kColumns.size(); ++c) {
            fmt::format_to(
                std::back_inserter(text), ",{}", 1000 + Mix64(row * kColumns.size() + c) % 30'000
            );
        }
        text += '\n';
    }
    return text;
}

Result<BenchFile> ReadFile(const std::filesystem::path& path) {
    BenchFile file;
    file.name = path.filename().string();
    std::ifstream in(path, std::ios::binary);
    file.bytes.assign(std::istreambuf_iterator<char>(in), {});
    if (!in) return Fail(Fault::kUnavailable, "{} cannot be read", path.string());
    if (file.name.contains("raw_and_processed")) file.options.zone = "-05:00";
    return file;
}

}  // namespace

std::vector<BenchFile> MakeLoggerFiles(uint64_t rows) {
    std::vector<BenchFile> files;
    for (uint64_t i = 0; i < kFiles; ++i) {
        BenchFile& file = files.emplace_back();
        file.name = fmt::format("z6-0000{}.csv", i + 1);
        file.bytes = MakeTable(i, rows / kFiles);
        file.options.zone = "Z";
    }
    return files;
}

Result<std::vector<BenchFile>> RealLoggerFiles() {
    std::vector<BenchFile> files;
    const char* const folder = std::getenv("TILTH_TEST_DATA");
    if (folder == nullptr) return files;
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with("raw_and_processed.csv.gz") || name.ends_with(".stm"))
            paths.push_back(entry.path());
    }
    if (error) return Fail(Fault::kUnavailable, "TILTH_TEST_DATA={}: {}", folder, error.message());
    std::ranges::sort(paths);
    for (const auto& path : paths) {
        TILTH_TRY(files.emplace_back(), ReadFile(path));
    }
    return files;
}

}  // namespace tilth::app
