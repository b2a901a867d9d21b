// Profiles: which tests a datastream gets, with which numbers. Named, versioned YAML texts;
// `qartod`, `ismn` and `soil` are built in, a site's `profiles:` section may define others.
//
//   profiles:
//     orchard:
//       version: 3
//       base: soil                  # its rules come first; without it there are none
//       skip_failed: true           # from level 2 on, values that failed at level 1 are seen as
//       missing rules:                      # in order; a later one changes what it names, key by
//       key
//         - where: {property: volumetric_water_content, depth: [0, 0.1]}
//           tests:
//             spike: {suspect: 0.05}
//             flat_line: off
//
// `where` may name property, depth ([from, to), metres), sensor and datastream (with * for any
// text) and cadence ([from, to), durations); what it does not name it does not ask. Numbers are in
// the property's unit (model/datastream.h) and are converted to the datastream's. For a datastream
// without a declared unit no unit is guessed: tests that need one cannot look. Lengths of time are
// "2h" or "3 cadences" or, for when the cadence is not known, "3 cadences or 2h".
#pragma once

#include "base/result.h"
#include "model/datastream.h"
#include "model/site.h"
#include "qc/checker.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::qc {

struct Profile;  // profile_yaml.h

/// A set of profiles; a value, cheap to copy; thread-safe to read.
class ProfileSet {
  public:
    /// The built-in ones.
    static const ProfileSet& BuiltIn();

    std::vector<std::string_view> names() const;
    bool Has(std::string_view name) const;

    /// The checker of a datastream by its profile (empty: `fallback`). kBadInput when the profile
    /// is unknown, or when its numbers do not fit the datastream (units that cannot be converted).
    Result<Checker> Compile(
        const Datastream& datastream,
        std::span<const NamedStatistic> statistics,
        std::string_view fallback = "soil"
    ) const;

  private:
    friend Result<ProfileSet> ParseProfiles(std::string_view);

    std::map<std::string, std::shared_ptr<const Profile>, std::less<>> profiles_;
};

/// The built-in profiles and those of a YAML text: a whole document with a `profiles:` section
/// (other sections are not looked at), or an empty one. kBadInput names line, key and what was
/// expected, and suggests the closest known name.
Result<ProfileSet> ParseProfiles(std::string_view yaml);

/// The text of a built-in profile, for people; empty when there is none of that name.
std::string_view BuiltInProfileText(std::string_view name);

}  // namespace tilth::qc
