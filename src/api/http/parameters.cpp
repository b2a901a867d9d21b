#include "api/http/parameters.h"

#include "base/text.h"
#include "query/request_time.h"

#include <charconv>
#include <cmath>

namespace tilth::api {
namespace {

constexpr size_t kMostParameters = 1000;

int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::unexpected<Error> InParameter(std::string_view name, const Error& error) {
    return std::unexpected(Error{
        error.fault, fmt::format("parameter '{}': {}", Printable(name), error.message)});
}

Result<std::string> DecodePercent(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return Fail(
                    Fault::kBadInput,
                    "'{}' is not a percent escape; expected %XX",
                    Printable(text.substr(i, 3))
                );
            }
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    if (!IsUtf8(out) || out.find('\0') != std::string::npos) {
        return Fail(Fault::kBadInput, "'{}' is not UTF-8 without NUL", Printable(text));
    }
    return out;
}

Result<Parameters> Parameters::Parse(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? "" : query.substr(end + 1);
        if (pair.empty()) continue;
        const size_t equals = pair.find('=');
        TILTH_TRY(std::string name, DecodePercent(pair.substr(0, equals), true));
        const std::string_view rest =
            equals == std::string_view::npos ? "" : pair.substr(equals + 1);
        auto value = DecodePercent(rest, true);
        if (!value) return InParameter(name, value.error());
        if (parameters.entries_.size() == kMostParameters) {
            return Fail(Fault::kBadInput, "more than {} parameters", kMostParameters);
        }
        parameters.entries_.push_back({std::move(name), std::move(*value), false});
    }
    return parameters;
}

std::optional<std::string> Parameters::Text(std::string_view name) {
    asked_.emplace_back(name);
    std::optional<std::string> found;
    for (Entry& entry : entries_) {
        if (entry.name != name) continue;
        entry.known = true;
        found = entry.value.empty() ? std::nullopt : std::optional(entry.value);
    }
    return found;
}

std::vector<std::string> Parameters::List(std::string_view name) {
    asked_.emplace_back(name);
    std::vector<std::string> values;
    for (Entry& entry : entries_) {
        if (entry.name != name) continue;
        entry.known = true;
        std::string_view left = entry.value;
        while (!left.empty()) {
            const size_t comma = left.find(',');
            if (comma != 0) values.emplace_back(left.substr(0, comma));
            left = comma == std::string_view::npos ? "" : left.substr(comma + 1);
        }
    }
    return values;
}

Result<std::optional<uint64_t>> Parameters::Integer(
    std::string_view name, uint64_t least, uint64_t greatest
) {
    const auto text = Text(name);
    if (!text) return std::nullopt;
    uint64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < least || value > greatest) {
        return Fail(
            Fault::kBadInput,
            "parameter '{}': '{}' is not a whole number from {} to {}",
            name,
            Printable(*text),
            least,
            greatest
        );
    }
    return value;
}

Result<std::optional<double>> Parameters::Number(std::string_view name) {
    const auto text = Text(name);
    if (!text) return std::nullopt;
    double value = 0;
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value)) {
        return Fail(
            Fault::kBadInput, "parameter '{}': '{}' is not a number", name, Printable(*text)
        );
    }
    return value;
}

Result<bool> Parameters::Flag(std::string_view name) {
    const auto text = Text(name);
    if (!text || *text == "false" || *text == "0") return false;
    if (*text == "true" || *text == "1") return true;
    return Fail(
        Fault::kBadInput, "parameter '{}': '{}' is neither true nor false", name, Printable(*text)
    );
}

Result<std::optional<Time>> Parameters::TimeAt(std::string_view name, Time now) {
    const auto text = Text(name);
    if (!text) return std::nullopt;
    const Result<Time> time = query::ParseRequestTime(*text, now);
    if (!time) return InParameter(name, time.error());
    return *time;
}

Result<TimeRange> Parameters::Range(Time now) {
    TILTH_TRY(const auto from, TimeAt("from", now));
    TILTH_TRY(const auto to, TimeAt("to", now));
    const TimeRange range{from.value_or(Time::min()), to.value_or(Time::max())};
    if (range.to < range.from) {
        return Fail(
            Fault::kBadInput,
            "parameter 'to': {} is before 'from', {}",
            FormatRfc3339(range.to),
            FormatRfc3339(range.from)
        );
    }
    return range;
}

Result<std::vector<QualityFlag>> Parameters::Flags(std::string_view name) {
    std::vector<QualityFlag> flags;
    for (const std::string& text : List(name)) {
        const Result<QualityFlag> flag = ParseQualityFlag(text);
        if (!flag) return InParameter(name, flag.error());
        flags.push_back(*flag);
    }
    return flags;
}

Status Parameters::CheckAllKnown() const {
    for (const Entry& entry : entries_) {
        if (entry.known) continue;
        const std::string_view near = Closest(entry.name, {asked_.begin(), asked_.end()});
        return Fail(
            Fault::kBadInput,
            "there is no parameter '{}' here{}",
            Printable(entry.name),
            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)
        );
    }
    return {};
}

}  // namespace tilth::api
