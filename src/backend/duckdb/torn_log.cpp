#include "backend/duckdb/torn_log.h"

#include "telemetry/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

namespace tilth::duckdb {
namespace {

/// Length and checksum in front of an entry; the position in DuckDB's message is behind them.
constexpr uintmax_t kEntryHeader = 16;

/// Where the first damaged entry begins, from what DuckDB 1.4 says of it: "Corrupt WAL file: entry
/// at byte position 65259 computed checksum 5381 does not match stored checksum 0".
std::optional<uintmax_t> DamagedFrom(std::string_view message) {
    constexpr std::string_view kDamage = "Corrupt WAL file: entry at byte position ";
    const size_t at = message.find(kDamage);
    if (at == std::string_view::npos) return std::nullopt;
    message.remove_prefix(at + kDamage.size());
    uintmax_t position = 0;
    const auto [end, error] =
        std::from_chars(message.data(), message.data() + message.size(), position);
    if (error != std::errc{} || end == message.data() || position < kEntryHeader)
        return std::nullopt;
    return position - kEntryHeader;
}

/// A new database is three pages, each with a header, and is synced before it is used; the first
/// page has the magic bytes behind a checksum.
constexpr size_t kPage = 4096;
constexpr size_t kNewDatabase = 3 * kPage;
constexpr std::string_view kMagic = "DUCK";
constexpr size_t kMagicAt = 8;

/// Whether the file is there and its making was never completed.
bool IsUnfinished(const std::string& path) {
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > kNewDatabase || std::filesystem::exists(path + ".wal")) return false;
    if (size < kNewDatabase) return true;
    std::array<char, kNewDatabase> bytes{};
    std::ifstream file(path, std::ios::binary);
    if (!file.read(bytes.data(), bytes.size())) return false;
    const auto is_blank = [&bytes](size_t page) {
        return std::ranges::all_of(std::span(bytes).subspan(page * kPage, kPage), [](char c) {
            return c == 0;
        });
    };
    const bool has_magic =
        std::string_view(bytes.data(), bytes.size()).substr(kMagicAt, 4) == kMagic;
    return !has_magic || is_blank(1) || is_blank(2);
}

}  // namespace

Result<Database> OpenWithTornLog(const std::string& path, std::span<const Setting> settings) {
    if (IsUnfinished(path)) {
        std::error_code ignored;  // the open says what is wrong
        std::filesystem::remove(path, ignored);
    }
    Result<Database> database = Database::Open(path, settings);
    if (database) return database;
    const std::optional<uintmax_t> position = DamagedFrom(database.error().message);
    if (!position) return database;
    const std::string log = path + ".wal";
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(log, error);
    if (!error && *position < size) std::filesystem::resize_file(log, *position, error);
    if (error) return database;
    telemetry::Log(
        telemetry::Level::kWarning,
        "the end of the processed store's log was damaged and is cut off; its results are computed "
        "again from the stream",
        {{"file", log}, {"bytes", size - *position}}
    );
    return Database::Open(path, settings);
}

}  // namespace tilth::duckdb
