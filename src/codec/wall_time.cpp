#include "codec/wall_time.h"

#include <charconv>
#include <cmath>

namespace tilth::codec {
namespace {

namespace chr = std::chrono;

/// Digits text[at, at + count) as a number; -1 when they are none.
int Digits(std::string_view text, size_t at, size_t count) {
    int value = 0;
    for (size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<Time> Compose(int year, int month, int day, int hour, int minute, double second) {
    const chr::year_month_day date{
        chr::year{year},
        chr::month{static_cast<unsigned>(month)},
        chr::day{static_cast<unsigned>(day)}};
    // 24:00 is the end of the day; a second 60 is a leap second.
    const bool clock = hour >= 0 && minute >= 0 && minute < 60 && second >= 0 && second < 61 &&
                       (hour < 24 || (hour == 24 && minute == 0 && second == 0));
    if (year < 1 || month < 1 || day < 1 || !date.ok() || !clock) return std::nullopt;
    const auto micros = std::llround(second * 1e6);
    return Time{chr::sys_days{date}} + chr::hours{hour} + chr::minutes{minute} + Duration{micros};
}

/// What a format has read so far.
struct Parts {
    int year = 0;
    int month = 1;
    int day = 1;
    int day_of_year = 0;
    int hour = 0;
    int minute = 0;
    double second = 0;
    std::optional<double> epoch;
};

/// Takes up to `most` digits off the text; -1 when there is none.
int TakeDigits(std::string_view& text, size_t most) {
    size_t count = 0;
    while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    const int value = count == 0 ? -1 : Digits(text, 0, count);
    text.remove_prefix(count);
    return value;
}

bool TakeNumber(std::string_view& text, double& value) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return value > -1e11 && value < 1e11;
}

bool TakePart(std::string_view& text, char part, Parts& parts) {
    const auto whole = [&](int& field, size_t most) {
        return (field = TakeDigits(text, most)) >= 0;
    };
    int number = 0;
    switch (part) {
        case 'Y':
            return whole(parts.year, 4);
        case 'm':
            return whole(parts.month, 2);
        case 'd':
            return whole(parts.day, 2);
        case 'j':
            return whole(parts.day_of_year, 3);
        case 'H':
            return whole(parts.hour, 2);
        case 'M':
            return whole(parts.minute, 2);
        case 'S':
            return TakeNumber(text, parts.second);
        case 'y':
            // POSIX: 69 to 99 are of the twentieth century.
            if (!whole(number, 2)) return false;
            parts.year = number + (number >= 69 ? 1900 : 2000);
            return true;
        case 'K':
            if (!whole(number, 4)) return false;
            parts.hour = number / 100;
            parts.minute = number % 100;
            return true;
        case 's':
            return TakeNumber(text, parts.epoch.emplace());
        default:
            return false;
    }
}

std::optional<Time> WallTimeOf(const Parts& parts) {
    if (parts.day_of_year == 0) {
        return Compose(parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second);
    }
    const int days = chr::year{parts.year}.is_leap() ? 366 : 365;
    if (parts.day_of_year > days) return std::nullopt;
    const auto first = Compose(parts.year, 1, 1, parts.hour, parts.minute, parts.second);
    if (!first) return std::nullopt;
    return *first + chr::days{parts.day_of_year - 1};
}

}  // namespace

std::optional<Time> ParseWallTime(std::string_view text) {
    if (text.size() != 19 && text.size() != 16) return std::nullopt;
    const auto is = [&](size_t at, char a, char b) { return text[at] == a || text[at] == b; };
    const bool seconds = text.size() == 19;
    if (!is(4, '-', '/') || text[7] != text[4] || !is(10, ' ', 'T') || text[13] != ':')
        return std::nullopt;
    if (seconds && text[16] != ':') return std::nullopt;
    return Compose(
        Digits(text, 0, 4),
        Digits(text, 5, 2),
        Digits(text, 8, 2),
        Digits(text, 11, 2),
        Digits(text, 14, 2),
        seconds ? Digits(text, 17, 2) : 0
    );
}

std::optional<Time> ParseFileTime(std::string_view text, const TimeZone* zone) {
    if (const auto wall = ParseWallTime(text)) {
        return zone == nullptr ? std::nullopt : std::optional(zone->ToUtc(*wall));
    }
    // A time with a zone of its own is the same whatever offset stands in for a missing one.
    const Result<Time> wall = ParseLocalTime(text, Duration{});
    if (!wall) return std::nullopt;
    if (ParseLocalTime(text, chr::hours{1}).value_or(Time{}) == *wall) return *wall;
    return zone == nullptr ? std::nullopt : std::optional(zone->ToUtc(*wall));
}

std::optional<Time> ParseFormattedTime(
    std::string_view text, std::string_view format, const TimeZone* zone
) {
    Parts parts;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '%' && i + 1 < format.size()) {
            if (!TakePart(text, format[++i], parts)) return std::nullopt;
        } else {
            if (!text.starts_with(format[i])) return std::nullopt;
            text.remove_prefix(1);
        }
    }
    if (!text.empty()) return std::nullopt;
    if (parts.epoch)
        return FromMicros(static_cast<int64_t>(*parts.epoch * 1e6 + (*parts.epoch < 0 ? -0.5 : 0.5))
        );
    const auto wall = WallTimeOf(parts);
    if (!wall || zone == nullptr) return std::nullopt;
    return zone->ToUtc(*wall);
}

Status CheckTimeFormat(std::string_view format) {
    std::string parts;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') continue;
        const char part = i + 1 < format.size() ? format[++i] : '%';
        if (std::string_view("YmdjHMSyKs").find(part) == std::string_view::npos) {
            return Fail(
                Fault::kBadInput,
                "a time format has no part \"%{}\"; there are %Y %m %d %j %H %M %S %y %K %s",
                part
            );
        }
        parts += part;
    }
    const auto has = [&](char part) { return parts.find(part) != std::string::npos; };
    const bool date = (has('Y') || has('y')) && (has('j') || (has('m') && has('d')));
    if (date || has('s')) return {};
    return Fail(
        Fault::kBadInput,
        "the time format \"{}\" gives no date; it needs for example %Y-%m-%d, %Y %j, or %s",
        format
    );
}

}  // namespace tilth::codec
