#include "qc/yaml_values.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tilth::qc {

std::unexpected<Error> Unknown(
    const YAML::Node& node, std::string_view word, std::string_view what, const Names& known
) {
    const std::string_view closest = Closest(word, known);
    const std::string hint = closest.empty() ? "" : fmt::format("; did you mean \"{}\"?", closest);
    return Wrong(
        node, "\"{}\" is not {}{} (known: {})", Printable(word), what, hint, fmt::join(known, ", ")
    );
}

Result<std::string> Text(const YAML::Node& node, std::string_view key) {
    if (!node.IsScalar()) return Wrong(node, "{}: expected a text", key);
    return node.Scalar();
}

Result<double> Number(const YAML::Node& node, std::string_view key) {
    double number = 0;
    if (node.IsScalar()) {
        const std::string& text = node.Scalar();
        const char* end = text.data() + text.size();
        const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
        const auto [stop, error] = std::from_chars(begin, end, number);
        if (error == std::errc{} && stop == end && std::isfinite(number)) return number;
    }
    return Wrong(node, "{}: expected a number", key);
}

Result<std::vector<double>> Numbers(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() == 0)
        return Wrong(node, "{}: expected [NUMBER, ...]", key);
    std::vector<double> numbers;
    for (const YAML::Node& item : node) {
        TILTH_TRY(const double number, Number(item, key));
        numbers.push_back(number);
    }
    return numbers;
}

Result<std::pair<double, double>> NumberRange(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() != 2) return Wrong(node, "{}: expected [LOW, HIGH]", key);
    TILTH_TRY(const std::vector<double> numbers, Numbers(node, key));
    if (numbers[0] > numbers[1])
        return Wrong(node, "{}: the first number must not be above the second", key);
    return std::pair(numbers[0], numbers[1]);
}

Result<bool> Switch(const YAML::Node& node, std::string_view key) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text == "false" || text == "off" || text == "no") return false;
    return Wrong(node, "{}: expected on or off", key);
}

Result<std::pair<Duration, Duration>> DurationRange(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() != 2) {
        return Wrong(node, "{}: expected [DURATION, DURATION]", key);
    }
    std::array<Duration, 2> ends{};
    for (size_t i = 0; i < 2; ++i) {
        TILTH_TRY(const std::string text, Text(node[i], key));
        const auto duration = ParseDuration(text);
        if (!duration) return Wrong(node[i], "{}: {}", key, duration.error().message);
        ends[i] = *duration;
    }
    return std::pair(ends[0], ends[1]);
}

}  // namespace tilth::qc
