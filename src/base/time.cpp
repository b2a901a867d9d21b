#include "base/time.h"

#include "base/append.h"

#include <array>
#include <charconv>

namespace tilth {
namespace {

constexpr Duration kSecond = std::chrono::seconds{1};

/// Reads digits at the front of text; returns false when there are fewer than `count`.
bool TakeDigits(std::string_view& text, size_t count, int& value) {
    if (text.size() < count) return false;
    value = 0;
    for (size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return true;
}

bool TakeChar(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

bool TakeFraction(std::string_view& text, Duration& fraction) {
    if (!TakeChar(text, ".,")) return true;
    int64_t micros = 0;
    int digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6) micros = micros * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    for (int i = digits; i < 6; ++i) micros *= 10;
    fraction = Duration{micros};
    return digits > 0;
}

bool TakeDate(std::string_view& text, std::chrono::sys_days& date) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!TakeDigits(text, 4, year) || !TakeChar(text, "-/") || !TakeDigits(text, 2, month) ||
        !TakeChar(text, "-/") || !TakeDigits(text, 2, day)) {
        return false;
    }
    const std::chrono::year_month_day ymd{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    date = std::chrono::sys_days{ymd};
    return ymd.ok();
}

/// "hh:mm[:ss[.f]]"; 24:00:00 is the end of the day, a leap second 23:59:60 the start of the next
/// minute.
bool TakeClock(std::string_view& text, Duration& since_midnight) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    Duration fraction{};
    if (!TakeDigits(text, 2, hour) || !TakeChar(text, ":") || !TakeDigits(text, 2, minute))
        return false;
    if (TakeChar(text, ":")) {
        if (!TakeDigits(text, 2, second) || !TakeFraction(text, fraction)) return false;
    }
    if (hour > 24 || minute > 59 || second > 60) return false;
    since_midnight =
        std::chrono::hours{hour} + std::chrono::minutes{minute} + second * kSecond + fraction;
    return since_midnight <= std::chrono::hours{24} + kSecond;
}

enum class Zone { kNone, kGiven, kBad };

Zone TakeZone(std::string_view& text, Duration& offset) {
    if (text.empty()) return Zone::kNone;
    if (TakeChar(text, "Zz")) {
        offset = Duration{};
        return Zone::kGiven;
    }
    const bool negative = text.front() == '-';
    if (!TakeChar(text, "+-")) return Zone::kBad;
    int hours = 0;
    int minutes = 0;
    if (!TakeDigits(text, 2, hours)) return Zone::kBad;
    TakeChar(text, ":");
    if (!TakeDigits(text, 2, minutes) || hours > 23 || minutes > 59) return Zone::kBad;
    offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    if (negative) offset = -offset;
    return Zone::kGiven;
}

struct Parsed {
    Time local;
    Zone zone;
    Duration offset;
};

Result<Parsed> ParseAny(std::string_view text) {
    const std::string_view whole = text;
    std::chrono::sys_days date;
    Duration clock{};
    Duration offset{};
    bool good = TakeDate(text, date);
    if (good && !text.empty()) good = TakeChar(text, "Tt ") && TakeClock(text, clock);
    const Zone zone = good ? TakeZone(text, offset) : Zone::kBad;
    if (!good || zone == Zone::kBad || !text.empty()) {
        return Fail(
            Fault::kBadInput,
            "\"{}\" is not a time; expected for example 2025-05-01T06:00:00Z",
            whole.substr(0, 64)
        );
    }
    return Parsed{Time{date} + clock, zone, offset};
}

}  // namespace

Time FloorHour(Time t) {
    return std::chrono::floor<std::chrono::hours>(t);
}
Time FloorDay(Time t) {
    return std::chrono::floor<std::chrono::days>(t);
}

std::string FormatRfc3339(Time t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day ymd{day};
    const std::chrono::hh_mm_ss<Duration> clock{t - day};
    std::string text = fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        static_cast<int>(ymd.year()),
        static_cast<unsigned>(ymd.month()),
        static_cast<unsigned>(ymd.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
    const int64_t micros = clock.subseconds().count();
    if (micros % 1000 != 0) {
        Append(text, ".{:06}", micros);
    } else if (micros != 0) {
        Append(text, ".{:03}", micros / 1000);
    }
    return text + "Z";
}

Result<Time> ParseRfc3339(std::string_view text) {
    TILTH_TRY(const Parsed parsed, ParseAny(text));
    if (parsed.zone == Zone::kNone) {
        return Fail(
            Fault::kBadInput,
            "\"{}\" has no time zone; write for example {}Z or {}+02:00",
            text,
            text,
            text
        );
    }
    return parsed.local - parsed.offset;
}

Result<Time> ParseLocalTime(std::string_view text, Duration offset) {
    TILTH_TRY(const Parsed parsed, ParseAny(text));
    return parsed.local - (parsed.zone == Zone::kNone ? offset : parsed.offset);
}

namespace {

struct Unit {
    std::string_view name;
    Duration length;
};

constexpr std::array<Unit, 7> kUnits{{
    {"w", std::chrono::weeks{1}},
    {"d", std::chrono::days{1}},
    {"h", std::chrono::hours{1}},
    {"m", std::chrono::minutes{1}},
    {"s", std::chrono::seconds{1}},
    {"ms", std::chrono::milliseconds{1}},
    {"us", std::chrono::microseconds{1}},
}};

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
    for (const Unit& known : kUnits) {
        if (error == std::errc{} && unit == known.name && count >= 0 &&
            count <= Duration::max() / known.length) {
            return count * known.length;
        }
    }
    return Fail(
        Fault::kBadInput, "\"{}\" is not a duration; expected for example 90s, 15m, 2h or 1d", text
    );
}

std::string FormatDuration(Duration d) {
    if (d == Duration{}) return "0s";
    for (const Unit& unit : kUnits) {
        if (d % unit.length == Duration{}) return fmt::format("{}{}", d / unit.length, unit.name);
    }
    return fmt::format("{}us", d.count());
}

}  // namespace tilth
