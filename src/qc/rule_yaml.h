// One rule of a profile from YAML: where it holds, and what it asks of which tests.
#pragma once

#include "qc/profile.h"

#include <string_view>

namespace YAML {
class Node;
}

namespace tilth::qc {

/// {where: {property: ..., depth: ...}, tests: {TEST: {PARAMETER: ...}}}. kBadInput as in
/// profile_yaml.h.
Result<ProfileRule> ReadRule(const YAML::Node& node);

/// "2h", "3 cadences", "3 cadences or 2h".
Result<Length> ParseLength(std::string_view text);

}  // namespace tilth::qc
