// Sets of quality flags, as requests name them.
#pragma once

#include "model/observation.h"

#include <algorithm>
#include <vector>

namespace tilth::query {

/// Something is wrong with the reading: a plot never leaves it out.
constexpr bool IsFlagged(QualityFlag flag) {
    return flag != QualityFlag::kGood && flag != QualityFlag::kNotEvaluated;
}

/// `wanted` is empty for all.
inline bool Wants(const std::vector<QualityFlag>& wanted, QualityFlag flag) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), flag) != wanted.end();
}

/// Good and not evaluated, which is what roll-ups are made of.
inline bool WantsAllUnflagged(const std::vector<QualityFlag>& wanted) {
    return Wants(wanted, QualityFlag::kGood) && Wants(wanted, QualityFlag::kNotEvaluated);
}

inline std::vector<QualityFlag> FlaggedOf(const std::vector<QualityFlag>& wanted) {
    std::vector<QualityFlag> flagged;
    for (const QualityFlag flag :
         {QualityFlag::kSuspect, QualityFlag::kFail, QualityFlag::kMissing}) {
        if (Wants(wanted, flag)) flagged.push_back(flag);
    }
    return flagged;
}

}  // namespace tilth::query
