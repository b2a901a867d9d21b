// The saved form of a fold's state: its words, 8 bytes each, little-endian.
#pragma once

#include "base/result.h"
#include "qc/test.h"

#include <string>
#include <string_view>

namespace tilth::qc {

std::string EncodeFold(const FoldState& state);
/// kCorrupt when the length cannot be one of words.
Result<FoldState> DecodeFold(std::string_view bytes);

}  // namespace tilth::qc
