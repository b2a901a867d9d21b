// Why a reading has its flag: computed again from the stored rows when somebody asks.
#pragma once

#include "qc/engine.h"

#include <string>
#include <vector>

namespace tilth::qc {

struct Explanation {
    int test = 0;       ///< TestNumber
    std::string name;   ///< "spike"
    std::string title;  ///< "Differs from both neighbours"
    Verdict verdict{};
    std::string threshold;  ///< "more than 0.03 from the mean of its neighbours is suspect"
    std::string seen;       ///< "0.412 between 0.251 and 0.253"
};

/// One for each test that objected or could not look at the counting reading at `time`, objections
/// first, then by number; for a missing value one of number 0; a good reading has those of the
/// tests that could not look. kNotFound without a reading at that time.
Result<std::vector<Explanation>> Explain(
    const Checker& checker, Time time, const Surroundings& around
);

}  // namespace tilth::qc
