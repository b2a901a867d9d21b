// The stable numbers of quality tests. A number is stored in every row's bit sets: it is never used
// again for anything else, also when its test is gone.
//
// 0-15 general and QARTOD, 16-31 ISMN, 32-47 soil, 48-63 network.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace tilth::qc {

enum class TestNumber : int {
    kMissing = 0,  ///< Gives flag 9; never in a bit set.
    kGrossRange = 1,
    kSpike = 2,
    kRateOfChange = 3,
    kFlatLine = 4,
    kGap = 5,
    kConflict = 6,
    kClock = 7,
    kSentinel = 8,
    kC01 = 16,
    kC02 = 17,
    kC03 = 18,
    kD01 = 19,
};

struct TestInfo {
    TestNumber number;
    std::string_view name;   ///< As in profiles: "gross_range".
    std::string_view title;  ///< One line for a person: what an objection means.
};

/// All of them, by number.
std::span<const TestInfo> Tests();
/// Null when the number is not in use.
const TestInfo* FindTest(int number);
const TestInfo* FindTest(std::string_view name);

}  // namespace tilth::qc
