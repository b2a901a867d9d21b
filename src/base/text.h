// Checks on text that came from outside.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tilth {

/// Well-formed UTF-8: no overlong forms, surrogates or values past U+10FFFF.
bool IsUtf8(std::string_view text);

/// A key of a device or property: 1 to 256 bytes of UTF-8 without control characters
/// (U+0000..U+001F, U+007F..U+009F). kBadInput says what is wrong; `what` names the key in the
/// message.
Status CheckKey(std::string_view key, std::string_view what);

/// The bytes as printable ASCII: others as \xNN, at most `limit` of them. For messages and logs.
std::string Printable(std::string_view bytes, size_t limit = 80);

/// The candidate closest to `word` by edit distance, or empty when none is near: for "did you
/// mean".
std::string_view Closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tilth
