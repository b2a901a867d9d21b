// Time as Tilth keeps it: UTC, whole microseconds since 1970-01-01T00:00:00Z.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace tilth {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

constexpr int64_t ToMicros(Time t) {
    return t.time_since_epoch().count();
}
constexpr Time FromMicros(int64_t micros) {
    return Time{Duration{micros}};
}
constexpr double ToSeconds(Duration d) {
    return static_cast<double>(d.count()) * 1e-6;
}

/// The half-open range [from, to).
struct TimeRange {
    Time from = Time::min();
    Time to = Time::max();

    constexpr bool Contains(Time t) const { return from <= t && t < to; }
    constexpr bool Empty() const { return to <= from; }
    friend constexpr bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// Start of the UTC hour or day that holds t. Correct before 1970 too.
Time FloorHour(Time t);
Time FloorDay(Time t);

/// "2025-05-01T06:00:02Z", with as many fraction digits as needed (none, 3 or 6).
std::string FormatRfc3339(Time t);

/// RFC 3339 with a zone ("Z", "+02:00"); a space may stand for the T. Fractions beyond microseconds
/// are cut. kBadInput without a zone: a missing zone is never guessed.
Result<Time> ParseRfc3339(std::string_view text);

/// As ParseRfc3339, but a text without zone is taken to be at `offset` from UTC; "2025-05-01",
/// "2025-05-01 06:00" and "2025/05/01 06:00:00" are accepted too.
Result<Time> ParseLocalTime(std::string_view text, Duration offset);

/// "90s", "15m", "2h", "1d", "1w", "250ms" -> Duration. kBadInput for anything else.
Result<Duration> ParseDuration(std::string_view text);
/// The shortest of those forms that is exact.
std::string FormatDuration(Duration d);

}  // namespace tilth
