#include "codec/yaml_section.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tilth::codec {
namespace {

constexpr size_t kMaxYamlBytes = size_t{16} << 20;

}  // namespace

void YamlErrors::AddAt(int line_from_zero, std::string message) {
    if (!status_) return;
    status_ = line_from_zero < 0
                  ? Fail(Fault::kBadInput, "{}", message)
                  : Fail(Fault::kBadInput, "line {}: {}", line_from_zero + 1, message);
}

Result<YAML::Node> LoadYaml(std::string_view text) {
    if (text.size() > kMaxYamlBytes) {
        return Fail(
            Fault::kBadInput,
            "the YAML text has {} bytes; at most {} are read",
            text.size(),
            kMaxYamlBytes
        );
    }
    if (!IsUtf8(text)) return Fail(Fault::kBadInput, "the YAML text is not UTF-8");
    try {
        return YAML::Load(std::string(text));
    } catch (const YAML::Exception& error) {
        if (error.mark.is_null()) return Fail(Fault::kBadInput, "not YAML: {}", error.msg);
        return Fail(Fault::kBadInput, "line {}: not YAML: {}", error.mark.line + 1, error.msg);
    }
}

std::optional<double> ParseNumber(std::string_view text) {
    double value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

YamlSection::YamlSection(
    YamlErrors& errors,
    const YAML::Node& node,
    std::string_view what,
    const std::vector<std::string_view>& keys
)
    : errors_(errors), node_(node), what_(what) {
    if (!node.IsMap()) {
        errors.Add(
            node, "{} is written as keys and values, with one of {}", what, fmt::join(keys, ", ")
        );
        node_ = YAML::Node(YAML::NodeType::Map);
        return;
    }
    std::vector<std::string> seen;
    for (const auto& entry : node) {
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
        if (std::ranges::find(keys, key) == keys.end()) {
            const std::string_view near = Closest(key, keys);
            errors.Add(
                entry.first,
                "{} has no key \"{}\"; {}",
                what,
                Printable(key),
                near.empty() ? fmt::format("it has {}", fmt::join(keys, ", "))
                             : fmt::format("did you mean \"{}\"?", near)
            );
        }
        if (std::ranges::find(seen, key) != seen.end())
            errors.Add(entry.first, "\"{}\" stands twice", Printable(key));
        seen.push_back(key);
    }
}

YAML::Node YamlSection::Get(std::string_view key) const {
    for (const auto& entry : node_) {
        if (entry.first.IsScalar() && entry.first.Scalar() == key && !entry.second.IsNull())
            return entry.second;
    }
    return YAML::Node(YAML::NodeType::Undefined);
}

std::optional<std::string> YamlSection::Scalar(std::string_view key, std::string_view expected)
    const {
    const YAML::Node node = Get(key);
    if (!node.IsDefined()) return std::nullopt;
    if (node.IsScalar()) return node.Scalar();
    errors_.Add(node, "\"{}\" of {} must be {}", key, what_, expected);
    return std::nullopt;
}

std::string YamlSection::Text(std::string_view key, std::string_view otherwise) const {
    return Scalar(key, "a text").value_or(std::string(otherwise));
}

std::string YamlSection::Key(std::string_view key) const {
    if (!Has(key)) errors_.Add(node_, "{} needs \"{}\"", what_, key);
    const std::string text = Text(key);
    if (const Status status = CheckKey(text, fmt::format("\"{}\" of {}", key, what_)); !status) {
        Complain(key, "{}", status.error().message);
    }
    return text;
}

std::optional<double> YamlSection::Number(std::string_view key, double low, double high) const {
    const auto text = Scalar(key, "a number");
    if (!text) return std::nullopt;
    const auto number = ParseNumber(*text);
    if (number && *number >= low && *number <= high) return number;
    Complain(
        key,
        "\"{}\" of {} is \"{}\"; expected a number from {} to {}",
        key,
        what_,
        Printable(*text),
        low,
        high
    );
    return std::nullopt;
}

std::optional<int64_t> YamlSection::Whole(std::string_view key, int64_t low, int64_t high) const {
    const auto text = Scalar(key, "a whole number");
    if (!text) return std::nullopt;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = error == std::errc{} && end == text->data() + text->size();
    if (whole && number >= low && number <= high) return number;
    Complain(
        key,
        "\"{}\" of {} is \"{}\"; expected a whole number from {} to {}",
        key,
        what_,
        Printable(*text),
        low,
        high
    );
    return std::nullopt;
}

bool YamlSection::Truth(std::string_view key, bool otherwise) const {
    const auto text = Scalar(key, "true or false");
    if (!text) return otherwise;
    if (*text == "true") return true;
    if (*text != "false") Complain(key, "\"{}\" of {} must be true or false", key, what_);
    return false;
}

tilth::Duration YamlSection::Length(std::string_view key) const {
    const auto text = Scalar(key, "a length of time such as 15m");
    if (!text) return {};
    const Result<tilth::Duration> length = ParseDuration(*text);
    if (length) return *length;
    Complain(key, "\"{}\" of {}: {}", key, what_, length.error().message);
    return {};
}

std::vector<std::string> YamlSection::Texts(std::string_view key) const {
    const YAML::Node node = Get(key);
    std::vector<std::string> texts;
    if (node.IsDefined() && node.IsScalar()) return {node.Scalar()};
    for (const YAML::Node& element : List(key)) {
        if (!element.IsScalar())
            errors_.Add(element, "\"{}\" of {} is a list of texts", key, what_);
        if (element.IsScalar()) texts.push_back(element.Scalar());
    }
    return texts;
}

std::vector<double> YamlSection::Numbers(std::string_view key) const {
    std::vector<double> numbers;
    for (const YAML::Node& element : List(key)) {
        const auto number = element.IsScalar() ? ParseNumber(element.Scalar()) : std::nullopt;
        if (!number) errors_.Add(element, "\"{}\" of {} is a list of numbers", key, what_);
        numbers.push_back(number.value_or(0));
    }
    return numbers;
}

std::vector<YAML::Node> YamlSection::List(std::string_view key) const {
    std::vector<YAML::Node> elements;
    const YAML::Node node = Get(key);
    if (!node.IsDefined()) return elements;
    if (!node.IsSequence()) {
        errors_.Add(node, "\"{}\" of {} must be a list", key, what_);
        return elements;
    }
    for (const auto& element : node) elements.push_back(element);
    return elements;
}

}  // namespace tilth::codec
