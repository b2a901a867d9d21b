// Time zones of logger clocks: a fixed offset from UTC, or the rules of a place.
#pragma once

#include "base/time.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// A value; thread-safe once made.
class TimeZone {
  public:
    /// UTC.
    TimeZone() = default;
    /// Always `offset` from UTC, east positive.
    static TimeZone Fixed(Duration offset);
    /// The zone `name` of the tz database, from the bytes of its TZif file (RFC 8536).
    static Result<TimeZone> FromTzif(std::string_view name, std::string_view tzif);
    /// What Text() gave.
    static Result<TimeZone> FromText(std::string_view text);

    /// UTC of a local clock reading (`local` holds the wall time as if it were UTC). A time that
    /// the clock showed twice, in autumn, is the first of the two (summer time); a time it never
    /// showed, in spring, is read with the offset in force before the jump. Both rules are those of
    /// RFC 5545; a logger that does not change its clock must be given a fixed offset.
    Time ToUtc(Time local) const;

    /// "Z", "-04:00", or the name of the place.
    const std::string& name() const { return name_; }
    /// The zone with its rules, complete in itself, so that what was imported is decoded in the
    /// same way when the system's tz database has changed.
    std::string Text() const;

  private:
    struct Transition {
        int64_t utc;     ///< Seconds since 1970 at which the offset begins to hold.
        int32_t offset;  ///< Seconds east of UTC.
    };
    void AddRule(std::string_view posix);
    bool Checked() const;

    std::string name_ = "Z";
    int32_t first_offset_ = 0;  ///< Before the first transition.
    std::vector<Transition> transitions_;
};

/// Gives the bytes of the TZif file of a zone name; base/zone_file.h reads the system's.
using ZoneLoader = std::function<Result<std::string>(std::string_view name)>;

/// "Z", "UTC", "+02:00", "-0400", "UTC-04", or an IANA name such as "America/New_York", which
/// `load` must find. kBadInput otherwise, with what may be written.
Result<TimeZone> ParseTimeZone(std::string_view text, const ZoneLoader& load);

}  // namespace tilth::codec
