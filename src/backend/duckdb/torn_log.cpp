#include "backend/duckdb/torn_log.h"

#include "telemetry/log.h"

#include <charconv>
#include <filesystem>
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

}  // namespace

Result<Database> OpenWithTornLog(const std::string& path, std::span<const Setting> settings) {
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
