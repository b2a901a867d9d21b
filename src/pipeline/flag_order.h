// The order of manual flags, from their contents alone: the last one that covers a time holds, and
// the rows refer to flags by their place in it.
#pragma once

#include "model/manual_flag.h"

#include <tuple>

namespace tilth::pipeline {

inline bool StandsBefore(const ManualFlag& a, const ManualFlag& b) {
    const auto key = [](const ManualFlag& flag) {
        return std::tie(
            flag.when,
            flag.datastream,
            flag.range.from,
            flag.range.to,
            flag.flag,
            flag.withdraw,
            flag.who,
            flag.why
        );
    };
    return key(a) < key(b);
}

}  // namespace tilth::pipeline
