// Times and steps as a person writes them in a request.
#pragma once

#include "base/time.h"

namespace tilth::query {

/// RFC 3339, "2025-05-01" (midnight UTC), "now", or relative to now: "-7d", "-90s". kBadInput
/// otherwise.
Result<Time> ParseRequestTime(std::string_view text, Time now);

/// The step of an aggregate. Buckets are aligned in UTC: days at midnight, weeks at Monday, months
/// at the first, other lengths to 1970-01-01.
class Every {
  public:
    /// "hour", "day", "week", "month", or a duration of at least a second ("15m", "1d", "1w").
    static Result<Every> Parse(std::string_view text);

    Time BucketStart(Time t) const;
    /// Start of the bucket after the one that starts at `start`.
    Time Next(Time start) const;
    /// Whether each bucket is made of whole days, or hours.
    bool WholeDays() const;
    bool WholeHours() const;
    /// Whether each bucket is exactly one of these.
    bool IsOne(Duration length) const { return !month_ && length_ == length; }
    /// "1h", "1d", "1w", "month"
    std::string Text() const;

  private:
    Every(bool month, Duration length) : month_(month), length_(length) {}

    bool month_;
    Duration length_;  ///< Unless month_.
};

}  // namespace tilth::query
