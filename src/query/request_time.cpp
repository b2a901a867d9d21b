#include "query/request_time.h"

namespace tilth::query {
namespace {

using std::chrono::floor;

constexpr Duration kDay = std::chrono::days{1};
constexpr Duration kWeek = std::chrono::days{7};
constexpr Time kFirstMonday{std::chrono::days{-3}};  // 1969-12-29

std::chrono::year_month MonthOf(Time t) {
    const std::chrono::year_month_day date{floor<std::chrono::days>(t)};
    return date.year() / date.month();
}

Time StartOf(std::chrono::year_month month) {
    return Time{std::chrono::sys_days{month / 1}};
}

/// Times that a formatted answer and the arithmetic on buckets can hold: years 1 to 9999.
bool InRange(Time t) {
    using std::chrono::year;
    return StartOf(year{1} / 1) <= t && t < StartOf(year{10'000} / 1);
}

Result<Time> ParseAbsolute(std::string_view text) {
    // A date alone is whole days, where no zone can be missing that matters more than the day
    // itself.
    if (text.size() == 10 && text.find_first_not_of("0123456789-") == std::string_view::npos) {
        return ParseLocalTime(text, Duration{0});
    }
    return ParseRfc3339(text);
}

}  // namespace

Result<Time> ParseRequestTime(std::string_view text, Time now) {
    Result<Time> time = now;
    if (text.starts_with('-')) {
        const Result<Duration> back = ParseDuration(text.substr(1));
        // Checked before subtracting, which could overflow.
        if (back && *back < std::chrono::days{3'000'000}) {
            time = now - *back;
        } else {
            time = std::unexpected(Error{Fault::kBadInput, ""});
        }
    } else if (text != "now") {
        time = ParseAbsolute(text);
    }
    if (time && InRange(*time)) return time;
    return Fail(
        Fault::kBadInput,
        "'{}' is not a time; expected RFC 3339 with a zone, a date, 'now' or a time before now "
        "such as -7d",
        text.substr(0, 80)
    );
}

Result<Every> Every::Parse(std::string_view text) {
    if (text == "hour") return Every(false, std::chrono::hours{1});
    if (text == "day") return Every(false, kDay);
    if (text == "week") return Every(false, kWeek);
    if (text == "month") return Every(true, {});
    const Result<Duration> length = ParseDuration(text);
    if (length && *length >= std::chrono::seconds{1} && *length <= std::chrono::days{36'600}) {
        return Every(false, *length);
    }
    return Fail(
        Fault::kBadInput,
        "'{}' is not a step; expected hour, day, week, month or a duration from 1s to 100 years, "
        "such as 15m",
        text.substr(0, 80)
    );
}

Time Every::BucketStart(Time t) const {
    if (month_) return StartOf(MonthOf(t));
    const Time origin = length_ == kWeek ? kFirstMonday : Time{};
    const Duration since = t - origin;
    Duration past = since % length_;
    if (past < Duration{0}) past += length_;
    return t - past;
}

Time Every::Next(Time start) const {
    if (month_) return StartOf(MonthOf(start) + std::chrono::months{1});
    return start + length_;
}

bool Every::WholeDays() const {
    return month_ || length_ % kDay == Duration{0};
}

bool Every::WholeHours() const {
    return month_ || length_ % std::chrono::hours{1} == Duration{0};
}

std::string Every::Text() const {
    return month_ ? "month" : FormatDuration(length_);
}

}  // namespace tilth::query
