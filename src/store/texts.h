// Which texts every store can keep: UTF-8 without U+0000 (PostgreSQL has no place for it).
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace tilth {

/// Free text (a reason, a description): each byte that no store can keep is replaced by U+FFFD.
std::string StorableText(std::string_view text);

/// A name is an identity and cannot be altered: kBadInput when it cannot be kept as it is.
Status CheckStorableName(std::string_view name);

}  // namespace tilth
