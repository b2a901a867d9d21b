// Times in files: what the logger's clock showed.
#pragma once

#include "codec/time_zone.h"

#include <optional>
#include <string_view>

namespace tilth::codec {

/// A wall time in whole seconds as if it were UTC: "2023-07-25 14:00", "2023-07-25 14:00:00", with
/// '/' or '-' in the date and a space or 'T' before the time. None for every other form. Fast.
std::optional<Time> ParseWallTime(std::string_view text);

/// The instant that a file's time stands for: by its own zone when it carries one, else by `zone`,
/// which may be null when there is none. None when it is no time, or needs a zone that is not
/// there.
std::optional<Time> ParseFileTime(std::string_view text, const TimeZone* zone);

/// By a format of codec/csv_mapping.h. A time with %s is an instant and needs no zone.
std::optional<Time> ParseFormattedTime(
    std::string_view text, std::string_view format, const TimeZone* zone
);

/// Whether the format has nothing but what codec/csv_mapping.h lists, and gives a date or an
/// instant.
Status CheckTimeFormat(std::string_view format);

}  // namespace tilth::codec
