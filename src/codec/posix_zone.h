// The rule for the years to come at the end of a TZif file: a POSIX TZ string such as
// "EST5EDT,M3.2.0,M11.1.0" (POSIX.1 section 8.3, with the hours of RFC 8536 section 3.3.1).
#pragma once

#include <cstdint>
#include <string_view>

namespace tilth::codec {

/// A day of the year and the time of the change: "M3.2.0/2", "J60" or "59".
struct RuleDate {
    char kind = 'M';
    int month = 0, week = 0, day = 0;
    int32_t seconds = 7200;
};

struct PosixRule {
    int32_t standard = 0;
    int32_t summer = 0;
    bool has_summer = false;
    RuleDate begin, end;
};

/// False when the text is no such rule.
bool ParsePosixRule(std::string_view text, PosixRule& rule);

/// When the change comes in a year: seconds since 1970 by the clock before it.
int64_t LocalSecondsOf(const RuleDate& date, int year);

}  // namespace tilth::codec
