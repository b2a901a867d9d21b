// The id of a lab, which both stores of a pair and every copy of its backup carry.
#pragma once

#include "base/result.h"

#include <string_view>

namespace tilth {

/// Empty, or hexadecimal digits: else kBadInput.
Status CheckLabId(std::string_view id);

/// kConflict when the store at `where` is of another lab than `wanted`; an empty wish fits every
/// lab.
Status CheckSameLab(std::string_view found, std::string_view wanted, std::string_view where);

}  // namespace tilth
