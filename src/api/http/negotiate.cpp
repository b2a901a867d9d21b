#include "api/http/negotiate.h"

#include "base/text.h"

namespace tilth::api {
namespace {

using query::Format;

constexpr std::string_view kNotAcceptable =
    "Accept: expected application/json, text/csv or application/vnd.apache.parquet";

std::string_view Trim(std::string_view text) {
    const size_t from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::optional<Format> FormatOfType(std::string_view type) {
    if (type == "application/json" || type == "*/*" || type == "application/*")
        return Format::kJson;
    if (type == "text/csv" || type == "text/*") return Format::kCsv;
    if (type == "application/vnd.apache.parquet" || type == "application/x-parquet")
        return Format::kParquet;
    return std::nullopt;
}

}  // namespace

Result<Format> ChooseFormat(const std::optional<std::string>& parameter, std::string_view accept) {
    if (parameter) {
        if (*parameter == "json") return Format::kJson;
        if (*parameter == "csv") return Format::kCsv;
        if (*parameter == "parquet") return Format::kParquet;
        return Fail(
            Fault::kBadInput,
            "parameter 'format': '{}' is none of json, csv and parquet",
            Printable(*parameter)
        );
    }
    if (accept.empty()) return Format::kJson;
    // A browser sends text/html first and */* last: it gets JSON.
    for (std::string_view left = accept; !left.empty();) {
        const size_t comma = left.find(',');
        const std::string_view item = left.substr(0, comma);
        left = comma == std::string_view::npos ? "" : left.substr(comma + 1);
        if (const auto format = FormatOfType(Trim(item.substr(0, item.find(';'))))) return *format;
    }
    return Fail(Fault::kRefused, "{}", kNotAcceptable);
}

bool IsNotAcceptable(const Error& error) {
    return error.fault == Fault::kRefused && error.message == kNotAcceptable;
}

}  // namespace tilth::api
