// Numbers and times as sensors write them into messages.
#pragma once

#include "codec/json_document.h"

#include <optional>

namespace tilth::codec {

/// "21.4", "-7", "+.5": an optional sign, digits, an optional fraction, nothing else. None for all
/// other texts and for more than 64 characters.
std::optional<double> PlainDecimal(std::string_view text);

/// "NaN" in any case.
bool SpellsNan(std::string_view text);
/// "inf" or "infinity" in any case, with or without a sign.
bool SpellsInfinity(std::string_view text);

/// -0 becomes 0; everything else stays.
inline double WithoutNegativeZero(double value) {
    return value + 0.0;
}

/// A double of any JSON number; false for other elements.
bool ToDouble(const simdjson::dom::element& element, double& value);

/// Microseconds from a time in seconds ("s"), "ms", "us", or "auto", which takes the unit by size:
/// up to 1e11 seconds, up to 1e14 milliseconds, else microseconds. Only years 1 to 9999. Code
/// bad_time.
std::expected<Time, DecodeError> TimeFromNumber(
    const simdjson::dom::element& element, std::string_view unit
);
std::expected<Time, DecodeError> TimeFromSeconds(double seconds);

/// A time field: a number, a plain decimal as text, or RFC 3339 with a zone. Code bad_time.
std::expected<Time, DecodeError> TimeFromField(
    const simdjson::dom::element& element, std::string_view unit
);

/// A whole number, also as text or as a double without fraction; null is 0. Code bad_sequence.
std::expected<int64_t, DecodeError> NumberFromField(
    const simdjson::dom::element& element, std::string_view field
);

}  // namespace tilth::codec
