#include "api/http/json_body.h"

#include "base/text.h"
#include "query/request_time.h"

#include <simdjson.h>

#include <charconv>

namespace tilth::api {
namespace {

std::unexpected<Error> Wrong(std::string_view name, std::string_view what) {
    return Fail(Fault::kBadInput, "body: '{}': {}", Printable(name), what);
}

}  // namespace

Result<JsonBody> JsonBody::Parse(const std::string& body) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const auto parsed = parser.parse(body);
    if (parsed.error() != simdjson::SUCCESS) {
        return Fail(
            Fault::kBadInput, "body: not JSON: {}", simdjson::error_message(parsed.error())
        );
    }
    if (parsed.get_object().get(object) != simdjson::SUCCESS) {
        return Fail(Fault::kBadInput, "body: expected a JSON object");
    }
    JsonBody out;
    for (const auto& field : object) {
        Member member;
        if (field.value.is_string()) {
            member.type = Type::kText;
            member.text = std::string_view(field.value);
        } else if (field.value.is_array() || field.value.is_object()) {
            return Wrong(field.key, "expected a text, a number, true, false or null");
        } else if (!field.value.is_null()) {
            member.type = Type::kOther;
            member.text = simdjson::minify(field.value);
        }
        if (!out.members_.emplace(std::string(field.key), std::move(member)).second) {
            return Wrong(field.key, "given more than once");
        }
    }
    return out;
}

const JsonBody::Member* JsonBody::Find(std::string_view name) {
    asked_.emplace_back(name);
    const auto found = members_.find(name);
    if (found == members_.end()) return nullptr;
    found->second.known = true;
    return found->second.type == Type::kNull ? nullptr : &found->second;
}

Result<std::string> JsonBody::OptionalText(std::string_view name) {
    const Member* member = Find(name);
    if (member == nullptr) return std::string();
    if (member->type != Type::kText) return Wrong(name, "expected a text");
    return member->text;
}

Result<std::string> JsonBody::Text(std::string_view name) {
    TILTH_TRY(std::string text, OptionalText(name));
    if (text.empty()) return Wrong(name, "is missing or empty");
    return text;
}

Result<std::optional<Time>> JsonBody::OptionalTimeAt(std::string_view name, Time now) {
    TILTH_TRY(const std::string text, OptionalText(name));
    if (text.empty()) return std::nullopt;
    const Result<Time> time = query::ParseRequestTime(text, now);
    if (!time) return Wrong(name, time.error().message);
    return *time;
}

Result<Time> JsonBody::TimeAt(std::string_view name, Time now) {
    TILTH_TRY(const auto time, OptionalTimeAt(name, now));
    if (!time) return Wrong(name, "is missing or empty");
    return *time;
}

Result<TimeRange> JsonBody::Range(Time now) {
    TILTH_TRY(const Time from, TimeAt("from", now));
    TILTH_TRY(const Time to, TimeAt("to", now));
    if (to <= from) return Wrong("to", "must be after 'from'");
    return TimeRange{from, to};
}

Result<bool> JsonBody::Flag(std::string_view name) {
    const Member* member = Find(name);
    if (member == nullptr) return false;
    const bool is_flag =
        member->type == Type::kOther && (member->text == "true" || member->text == "false");
    if (!is_flag) return Wrong(name, "expected true or false");
    return member->text == "true";
}

Result<std::optional<uint64_t>> JsonBody::OptionalInteger(
    std::string_view name, uint64_t least, uint64_t greatest
) {
    const Member* member = Find(name);
    if (member == nullptr) return std::nullopt;
    uint64_t value = 0;
    const char* const end = member->text.data() + member->text.size();
    const auto parsed = std::from_chars(member->text.data(), end, value);
    const bool whole =
        member->type == Type::kOther && parsed.ec == std::errc{} && parsed.ptr == end;
    if (!whole || value < least || value > greatest) {
        return Wrong(name, fmt::format("expected a whole number from {} to {}", least, greatest));
    }
    return value;
}

Status JsonBody::CheckAllKnown() const {
    for (const auto& [name, member] : members_) {
        if (member.known) continue;
        const std::string_view near = Closest(name, {asked_.begin(), asked_.end()});
        return Wrong(
            name,
            near.empty() ? "is not known here"
                         : fmt::format("is not known here; did you mean '{}'?", near)
        );
    }
    return {};
}

}  // namespace tilth::api
