// The parameters of a request's target: "/path?from=-7d&flags=good,fail".
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/observation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::api {

/// Percent-decoded; with `plus_is_space` as in a query. kBadInput for a broken escape, bytes that
/// are no UTF-8, and NUL.
Result<std::string> DecodePercent(std::string_view text, bool plus_is_space);

/// Named texts, in the order given. Reading one marks it as known, so that unknown ones can be
/// refused. An empty value is the same as none.
class Parameters {
  public:
    /// The part after '?'. kBadInput also when there are more than 1000.
    static Result<Parameters> Parse(std::string_view query);

    /// Of those given more than once the last; nullopt: not given.
    std::optional<std::string> Text(std::string_view name);
    /// All values, each split at commas.
    std::vector<std::string> List(std::string_view name);
    /// kBadInput names the parameter and what it may be.
    Result<std::optional<uint64_t>> Integer(
        std::string_view name, uint64_t least, uint64_t greatest
    );
    Result<std::optional<double>> Number(std::string_view name);
    Result<bool> Flag(std::string_view name);
    /// RFC 3339, a date, "now" or relative to `now`.
    Result<std::optional<Time>> TimeAt(std::string_view name, Time now);
    /// from and to; kBadInput when to is before from.
    Result<TimeRange> Range(Time now);
    Result<std::vector<QualityFlag>> Flags(std::string_view name);

    /// kBadInput for one that was given and never read.
    Status CheckAllKnown() const;

  private:
    struct Entry {
        std::string name;
        std::string value;
        bool known = false;
    };
    std::vector<Entry> entries_;
    std::vector<std::string> asked_;  ///< Names that were read, for "did you mean"
};

/// An error of a parameter, with its name in front.
std::unexpected<Error> InParameter(std::string_view name, const Error& error);

}  // namespace tilth::api
