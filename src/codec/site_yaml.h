// The site file: YAML for people, model/site.h for the program. docs/examples/site.yaml shows every
// key.
#pragma once

#include "model/site.h"

#include <string_view>

namespace tilth::codec {

/// kBadInput with the line number and what to write instead: unknown keys (with a suggestion),
/// unknown units, depths, dates without a zone, a name used twice. The section `profiles` is passed
/// over: qc/profile.h reads it.
Result<SiteConfig> ParseSite(std::string_view yaml);

}  // namespace tilth::codec
