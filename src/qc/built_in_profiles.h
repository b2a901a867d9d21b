// The texts of the profiles that come with Tilth.
#pragma once

#include <span>
#include <string_view>

namespace tilth::qc {

struct BuiltInProfile {
    std::string_view name;
    std::string_view yaml;
};

std::span<const BuiltInProfile> BuiltInProfiles();

}  // namespace tilth::qc
