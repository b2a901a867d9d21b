// The two shapes of a log line, as pure functions.
#pragma once

#include "base/time.h"
#include "telemetry/log.h"

#include <span>
#include <string>
#include <string_view>

namespace tilth::telemetry {

/// "2025-05-01T06:00:02.123Z WARN  message key=value key="two words"". Text is quoted where it
/// holds anything but letters, digits and ._:/+-@; control characters and bytes that are no UTF-8
/// are escaped.
std::string TextLine(
    Time time, Level level, std::string_view message, std::span<const Field> fields
);

/// One JSON object: time, level, message, then the fields. Bytes that are no UTF-8 become U+FFFD;
/// numbers that JSON does not have (NaN, infinities) become strings.
std::string JsonLine(
    Time time, Level level, std::string_view message, std::span<const Field> fields
);

}  // namespace tilth::telemetry
