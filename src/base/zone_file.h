// The time zone database of the system.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace tilth {

/// The bytes of the TZif file (RFC 8536) of a zone such as "America/New_York". kNotFound when the
/// system has no such zone or no zones at all (Debian: package tzdata). A name cannot lead out of
/// the database's folder.
Result<std::string> LoadZoneFile(std::string_view name);

}  // namespace tilth
