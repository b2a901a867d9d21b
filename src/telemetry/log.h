// What the program says about itself: one line on standard error for each event, as text or JSON.
//
//   Log(Level::kInfo, "batch stored", {{"records", count}, {"took_ms", took}});
//
//   2025-05-01T06:00:02.123Z INFO  batch stored records=500 took_ms=2.7
//   {"time":"2025-05-01T06:00:02.123Z","level":"info","message":"batch
//   stored","records":500,"took_ms":2.7}
//
// A message is a constant sentence without a full stop; what varies goes into fields. Any bytes may
// be given: what is not printable is escaped, so a line stays a line and JSON stays JSON. Threads:
// everything here may be called from any thread; lines are never mixed.
#pragma once

#include "base/result.h"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace tilth::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

/// "debug", "info", "warning", "error".
std::string_view Name(Level level);
/// The level or format of that name (levels as above; "text" or "json"). kBadInput lists the names.
Result<Level> ParseLevel(std::string_view name);
Result<LogFormat> ParseLogFormat(std::string_view name);

/// A named value of a line. Text is borrowed: it must live until Log returns.
class Field {
  public:
    using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

    Field(std::string_view key, std::string_view text) : key_(key), value_(text) {}
    Field(std::string_view key, const char* text) : key_(key), value_(std::string_view(text)) {}
    Field(std::string_view key, bool value) : key_(key), value_(value) {}
    template <std::signed_integral T>
    Field(std::string_view key, T value) : key_(key), value_(static_cast<int64_t>(value)) {}
    template <std::unsigned_integral T>
    Field(std::string_view key, T value) : key_(key), value_(static_cast<uint64_t>(value)) {}
    template <std::floating_point T>
    Field(std::string_view key, T value) : key_(key), value_(static_cast<double>(value)) {}

    std::string_view Key() const { return key_; }
    const Value& Get() const { return value_; }

  private:
    std::string_view key_;
    Value value_;
};

namespace detail {
inline std::atomic<Level> threshold{Level::kInfo};
void Write(Level level, std::string_view message, std::span<const Field> fields);
}  // namespace detail

/// Lines below the level are dropped; kInfo at start. Takes effect at once, on every thread.
inline void SetLogLevel(Level level) {
    detail::threshold.store(level, std::memory_order_relaxed);
}
inline bool LogEnabled(Level level) {
    return level >= detail::threshold.load(std::memory_order_relaxed);
}
/// kText at start.
void SetLogFormat(LogFormat format);

/// Writes one line. Costs one relaxed load when the level is disabled.
inline void Log(Level level, std::string_view message, std::initializer_list<Field> fields = {}) {
    if (LogEnabled(level)) detail::Write(level, message, {fields.begin(), fields.size()});
}
/// The same, for fields that are put together.
inline void Log(Level level, std::string_view message, std::span<const Field> fields) {
    if (LogEnabled(level)) detail::Write(level, message, fields);
}

/// Takes the lines, without newline, instead of standard error; an empty function gives them back.
/// Called by one thread at a time; it must not log.
void SetLogSink(std::function<void(std::string_view line)> sink);

}  // namespace tilth::telemetry
