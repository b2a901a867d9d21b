#include "codec/message_value.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tilth::codec {
namespace {

// 0001-01-01 and 10000-01-01, in microseconds.
constexpr double kFirstMicros = -62'135'596'800e6;
constexpr double kEndMicros = 253'402'300'800e6;

bool EqualIgnoringCase(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

std::expected<Time, DecodeError> FromMicrosChecked(double micros, std::string_view unit) {
    if (micros >= kFirstMicros && micros < kEndMicros) return FromMicros(std::llround(micros));
    return Refuse(
        "bad_time",
        "the time is beyond the year 9999 when it is read in {}; set time_unit to ms or us if it "
        "is in those",
        unit
    );
}

std::expected<Time, DecodeError> TimeFromDouble(double number, std::string_view unit) {
    if (unit == "auto") {
        const double size = std::fabs(number);
        unit = size < 1e11 ? "s" : size < 1e14 ? "ms" : "us";
    }
    if (unit == "s") return FromMicrosChecked(number * 1e6, unit);
    if (unit == "ms") return FromMicrosChecked(number * 1e3, unit);
    if (unit == "us") return FromMicrosChecked(number, unit);
    return Refuse("bad_time", "the mapping's time_unit \"{}\" is none of s, ms, us, auto", unit);
}

}  // namespace

std::optional<double> PlainDecimal(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    const bool plain =
        !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos;
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (!plain || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

bool SpellsNan(std::string_view text) {
    return EqualIgnoringCase(text, "nan");
}

bool SpellsInfinity(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return EqualIgnoringCase(text, "inf") || EqualIgnoringCase(text, "infinity");
}

bool ToDouble(const simdjson::dom::element& element, double& value) {
    return element.get(value) == simdjson::SUCCESS;
}

std::expected<Time, DecodeError> TimeFromNumber(
    const simdjson::dom::element& element, std::string_view unit
) {
    double number = 0;
    if (!ToDouble(element, number)) return Refuse("bad_time", "the time is no number");
    return TimeFromDouble(number, unit);
}

std::expected<Time, DecodeError> TimeFromSeconds(double seconds) {
    return FromMicrosChecked(seconds * 1e6, "s");
}

std::expected<Time, DecodeError> TimeFromField(
    const simdjson::dom::element& element, std::string_view unit
) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
        double number = 0;
        if (ToDouble(element, number)) return TimeFromDouble(number, unit);
        return Refuse("bad_time", "the time is neither a number nor a text");
    }
    if (const auto number = PlainDecimal(text)) return TimeFromDouble(*number, unit);
    const Result<Time> time = ParseRfc3339(text);
    if (!time) return Refuse("bad_time", "{}", time.error().message);
    return *time;
}

std::expected<int64_t, DecodeError> NumberFromField(
    const simdjson::dom::element& element, std::string_view field
) {
    int64_t whole = 0;
    double number = 0;
    std::string_view text;
    if (element.is_null()) return 0;
    if (element.get(whole) == simdjson::SUCCESS) return whole;
    if (ToDouble(element, number) && std::fabs(number) <= 0x1p53 && number == std::trunc(number)) {
        return static_cast<int64_t>(number);
    }
    if (element.get(text) == simdjson::SUCCESS) {
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
        if (error == std::errc{} && stop == text.data() + text.size()) return whole;
    }
    return Refuse("bad_sequence", "\"{}\" is no whole number of 64 bits", Printable(field));
}

}  // namespace tilth::codec
