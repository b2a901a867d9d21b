// The JSON object in the body of a request: every member is asked for by name, and what nobody
// asked for is an error.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::api {

class JsonBody {
  public:
    /// kBadInput unless it is one object whose members are texts, numbers, truth values or null,
    /// each named once.
    static Result<JsonBody> Parse(const std::string& body);

    /// kBadInput when it is missing, empty or no text.
    Result<std::string> Text(std::string_view name);
    /// Empty when it is missing or null.
    Result<std::string> OptionalText(std::string_view name);
    /// RFC 3339, a date, "now" or relative to `now`.
    Result<Time> TimeAt(std::string_view name, Time now);
    Result<std::optional<Time>> OptionalTimeAt(std::string_view name, Time now);
    /// from and to, both given, to after from.
    Result<TimeRange> Range(Time now);
    /// False when it is missing or null.
    Result<bool> Flag(std::string_view name);
    Result<std::optional<uint64_t>> OptionalInteger(
        std::string_view name, uint64_t least, uint64_t greatest
    );

    /// kBadInput for a member that nobody asked for.
    Status CheckAllKnown() const;

  private:
    enum class Type : uint8_t { kNull, kText, kOther };
    struct Member {
        Type type = Type::kNull;
        std::string text;  ///< A text, or a number or truth value as JSON
        bool known = false;
    };
    const Member* Find(std::string_view name);

    std::map<std::string, Member, std::less<>> members_;
    std::vector<std::string> asked_;
};

}  // namespace tilth::api
