// Conversions between units that messages name, remembered.
//
// UDUNITS-2 is slow and leaks memory for every text that it cannot read, and messages may carry any
// text as their unit: so each pair is asked for once, whether it can be converted or not.
#pragma once

#include "base/result.h"
#include "model/units.h"
#include "pipeline/name_map.h"

#include <string>
#include <string_view>

namespace tilth::pipeline {

/// Not thread-safe. The same pair always gives the same answer.
class SentUnits {
  public:
    /// Longer texts are no units.
    static constexpr size_t kMaxLength = 64;
    /// Pairs remembered; further ones are refused.
    static constexpr size_t kMaxPairs = 10'000;

    /// kBadInput: not a unit, or not one of the same kind; kRefused: kMaxPairs is reached. No
    /// allocation for a pair that is known and can be converted.
    Result<UnitConversion> Convert(std::string_view from, std::string_view to);

    size_t asked() const { return answers_.size(); }

  private:
    NameMap<Result<UnitConversion>> answers_;  ///< By from, NUL, to.
    std::string key_;                          ///< Scratch.
};

}  // namespace tilth::pipeline
