#include "qc/test_numbers.h"

#include <algorithm>

namespace tilth::qc {
namespace {

constexpr TestInfo kTests[] = {
    {TestNumber::kMissing, "missing", "No value"},
    {TestNumber::kGrossRange, "gross_range", "Outside the range of the sensor or of the site"},
    {TestNumber::kSpike, "spike", "Stands out from the readings before and after it"},
    {TestNumber::kRateOfChange, "rate_of_change", "Changed faster than it can"},
    {TestNumber::kFlatLine, "flat_line", "Has not changed for too long"},
    {TestNumber::kGap, "gap", "Comes too long after the reading before it"},
    {TestNumber::kConflict, "conflict", "Another reading at this time differs from it"},
    {TestNumber::kClock, "clock", "Its time cannot be right"},
    {TestNumber::kSentinel, "sentinel", "Is an error code of the sensor, not a measurement"},
    {TestNumber::kC01, "c01", "Below what the quantity can be"},
    {TestNumber::kC02, "c02", "Above what the quantity can be"},
    {TestNumber::kC03, "c03", "Above the saturation point of the soil"},
    {TestNumber::kD01, "d01", "The soil is frozen"},
};

}  // namespace

std::span<const TestInfo> Tests() {
    return kTests;
}

const TestInfo* FindTest(int number) {
    const auto* found = std::ranges::find(kTests, TestNumber{number}, &TestInfo::number);
    return found == std::end(kTests) ? nullptr : found;
}

const TestInfo* FindTest(std::string_view name) {
    const auto* found = std::ranges::find(kTests, name, &TestInfo::name);
    return found == std::end(kTests) ? nullptr : found;
}

}  // namespace tilth::qc
