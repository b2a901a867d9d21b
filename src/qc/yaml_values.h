// Values of a profile's YAML; what is wrong is said with its line and what was expected.
#pragma once

#include "base/result.h"
#include "qc/profile.h"

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tilth::qc {

using Names = std::vector<std::string_view>;

/// From 1.
inline int LineOf(const YAML::Node& node) {
    return node.Mark().line + 1;
}

/// kBadInput with the line.
template <class... Args>
std::unexpected<Error> Wrong(
    const YAML::Node& node, fmt::format_string<Args...> format, Args&&... args
) {
    return Fail(
        Fault::kBadInput,
        "profiles, line {}: {}",
        LineOf(node),
        fmt::format(format, std::forward<Args>(args)...)
    );
}

/// `"grosrange" is not a test; did you mean "gross_range"? ...`
std::unexpected<Error> Unknown(
    const YAML::Node& node, std::string_view word, std::string_view what, const Names& known
);

/// Each reads the value of a key. kBadInput: it is something else.
Result<std::string> Text(const YAML::Node& node, std::string_view key);
/// Finite.
Result<double> Number(const YAML::Node& node, std::string_view key);
Result<std::vector<double>> Numbers(const YAML::Node& node, std::string_view key);
/// Of two, the first not above the second.
Result<std::pair<double, double>> NumberRange(const YAML::Node& node, std::string_view key);
Result<bool> Switch(const YAML::Node& node, std::string_view key);
Result<std::pair<Duration, Duration>> DurationRange(const YAML::Node& node, std::string_view key);

}  // namespace tilth::qc
