#include "codec/posix_zone.h"

#include <charconv>
#include <chrono>

namespace tilth::codec {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

bool TakeInt(std::string_view& text, int& value) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    return true;
}

bool TakeChar(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

bool TakeName(std::string_view& text) {
    const bool quoted = TakeChar(text, '<');
    size_t length = 0;
    while (length < text.size() && (quoted ? text[length] != '>'
                                           : (text[length] >= 'A' && text[length] <= 'Z') ||
                                                 (text[length] >= 'a' && text[length] <= 'z'))) {
        ++length;
    }
    text.remove_prefix(length);
    return length > 0 && (!quoted || TakeChar(text, '>'));
}

/// "[+-]h[h[h]][:mm[:ss]]" -> seconds.
bool TakeClock(std::string_view& text, int32_t& seconds) {
    const bool negative = TakeChar(text, '-');
    if (!negative) TakeChar(text, '+');
    int hours = 0, minutes = 0, rest = 0;
    if (!TakeInt(text, hours) || hours < 0 || hours > 167) return false;
    if (TakeChar(text, ':') && (!TakeInt(text, minutes) || minutes < 0 || minutes > 59))
        return false;
    if (TakeChar(text, ':') && (!TakeInt(text, rest) || rest < 0 || rest > 59)) return false;
    seconds = hours * 3600 + minutes * 60 + rest;
    if (negative) seconds = -seconds;
    return true;
}

bool TakeRuleDate(std::string_view& text, RuleDate& date) {
    if (!TakeChar(text, ',')) return false;
    bool good = true;
    if (TakeChar(text, 'M')) {
        good = TakeInt(text, date.month) && TakeChar(text, '.') && TakeInt(text, date.week) &&
               TakeChar(text, '.') && TakeInt(text, date.day) && date.month >= 1 &&
               date.month <= 12 && date.week >= 1 && date.week <= 5 && date.day >= 0 &&
               date.day <= 6;
    } else {
        date.kind = TakeChar(text, 'J') ? 'J' : 'n';
        good = TakeInt(text, date.day) && date.day >= 0 && date.day <= 366;
    }
    return good && (!TakeChar(text, '/') || TakeClock(text, date.seconds));
}

}  // namespace

bool ParsePosixRule(std::string_view text, PosixRule& rule) {
    int32_t west = 0;
    if (!TakeName(text) || !TakeClock(text, west)) return false;
    rule.standard = -west;
    if (text.empty()) return true;
    rule.has_summer = TakeName(text);
    rule.summer = rule.standard + 3600;
    if (!text.empty() && text[0] != ',') {
        if (!TakeClock(text, west)) return false;
        rule.summer = -west;
    }
    return rule.has_summer && TakeRuleDate(text, rule.begin) && TakeRuleDate(text, rule.end) &&
           text.empty();
}

int64_t LocalSecondsOf(const RuleDate& date, int year) {
    namespace chr = std::chrono;
    const chr::year y{year};
    chr::sys_days day = chr::sys_days{y / chr::January / 1};
    if (date.kind == 'M') {
        const chr::month m{static_cast<unsigned>(date.month)};
        const chr::weekday w{static_cast<unsigned>(date.day)};
        day = date.week == 5 ? chr::sys_days{y / m / w[chr::last]}
                             : chr::sys_days{y / m / w[static_cast<unsigned>(date.week)]};
    } else {
        // Jn counts from 1 and never counts 29 February.
        const bool after_leap_day = date.kind == 'J' && y.is_leap() && date.day >= 60;
        day += chr::days{date.day - (date.kind == 'J' ? 1 : 0) + (after_leap_day ? 1 : 0)};
    }
    return day.time_since_epoch().count() * kSecondsPerDay + date.seconds;
}

}  // namespace tilth::codec
