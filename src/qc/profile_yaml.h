// Profiles from YAML: the shape of the text is described in profiles.h.
#pragma once

#include "qc/profile.h"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace tilth::qc {

/// Finds a profile that is already known, for `base:`; null: none.
using FindProfile = std::function<std::shared_ptr<const Profile>(std::string_view)>;
/// Names for "did you mean".
using ProfileNames = std::vector<std::string_view>;

/// The profiles in the text's `profiles:` section, in order; one may be the base of a later one.
/// kBadInput names the line and key, and what was expected.
Result<std::vector<std::shared_ptr<const Profile>>> ReadProfiles(
    std::string_view yaml, const FindProfile& known, const ProfileNames& names
);

}  // namespace tilth::qc
