#include "backend/mongodb/shown_values.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace tilth::mongodb {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMostValues = 32;
constexpr size_t kLongestName = 64;

struct Shown {
    std::string_view name;
    ondemand::number number;
};

/// A parser, and the payload with the bytes behind it that the parser may touch.
struct Workplace {
    ondemand::parser parser;
    std::array<char, kLargestShownPayload + simdjson::SIMDJSON_PADDING> bytes{};
};

bool IsSafeName(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && name.front() != '$' &&
           std::ranges::none_of(name, [](unsigned char c) {
               return c == '.' || c < 0x20 || c == 0x7f;
           });
}

void AppendNumber(bson_t* document, std::string_view name, ondemand::number number) {
    const int length = static_cast<int>(name.size());
    if (number.is_int64()) {
        bson_append_int64(document, name.data(), length, number.get_int64());
    } else {
        // A server may have no negative zero.
        bson_append_double(document, name.data(), length, number.as_double() + 0.0);
    }
}

/// False: not an object, or no JSON.
bool NumbersOf(ondemand::document& json, std::vector<Shown>& shown) {
    ondemand::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS) return false;
    for (auto member : object) {
        std::string_view name;
        ondemand::value value;
        if (member.unescaped_key().get(name) != simdjson::SUCCESS) return false;
        if (member.value().get(value) != simdjson::SUCCESS) return false;
        ondemand::json_type type;
        if (value.type().get(type) != simdjson::SUCCESS) return false;
        if (type != ondemand::json_type::number || shown.size() == kMostValues) continue;
        ondemand::number number;
        if (value.get_number().get(number) != simdjson::SUCCESS) return false;
        const bool is_new = std::ranges::find(shown, name, &Shown::name) == shown.end();
        if (is_new && IsSafeName(name)) shown.push_back({name, number});
    }
    return true;
}

}  // namespace

void AppendShownValues(bson_t* document, std::string_view payload) {
    if (payload.empty() || payload.front() != '{' || payload.size() > kLargestShownPayload) return;
    thread_local Workplace workplace;
    thread_local std::vector<Shown> shown;
    shown.clear();
    std::memcpy(workplace.bytes.data(), payload.data(), payload.size());
    ondemand::document json;
    const auto error =
        workplace.parser.iterate(workplace.bytes.data(), payload.size(), workplace.bytes.size())
            .get(json);
    if (error != simdjson::SUCCESS || !NumbersOf(json, shown) || shown.empty()) return;
    const auto value = std::ranges::find(shown, "value", &Shown::name);
    if (value != shown.end()) return AppendNumber(document, "value", value->number);
    bson_t values;
    bson_append_document_begin(document, "values", -1, &values);
    for (const Shown& one : shown) AppendNumber(&values, one.name, one.number);
    bson_append_document_end(document, &values);
}

}  // namespace tilth::mongodb
