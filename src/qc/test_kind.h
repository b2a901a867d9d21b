// What a profile must know of a test: its parameters, and how one is made for a datastream.
#pragma once

#include "base/result.h"
#include "model/datastream.h"
#include "model/units.h"
#include "qc/checker.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::qc {

/// How a parameter is written and what its numbers mean.
enum class ParameterKind {
    kValue,       ///< A number in the property's unit.
    kDifference,  ///< A number > 0, a difference in the property's unit.
    kValueRange,  ///< [low, high] in the property's unit, low <= high.
    kRawList,     ///< A list of numbers as the sensor sends them.
    kRaw,         ///< A number in a fixed unit that the test names.
    kLength,      ///< "2h", "3 cadences", "3 cadences or 2h".
    kChoice,      ///< One of ParameterSpec::choices.
    kText,
};

struct ParameterSpec {
    std::string_view name;
    ParameterKind kind;
    std::span<const std::string_view> choices = {};
};

/// A length of time that may be in cadences of the datastream.
struct Length {
    double cadences = 0;  ///< 0: not given; taken where the cadence is known.
    Duration fixed{};     ///< 0: not given.
};

struct Parameter {
    std::vector<double> numbers;
    Length length;
    std::string text;
    int line = 0;  ///< In the profile's text, from 1.
};
using Parameters = std::map<std::string, Parameter, std::less<>>;

/// The datastream a test is made for.
struct TestSite {
    const Datastream& datastream;
    std::optional<Duration> cadence;  ///< Named statistic, else as declared.
    std::optional<UnitConversion>
        unit;  ///< From the profile's numbers to the datastream's; none: not declared.

    double Value(double number) const { return unit->Apply(number); }
    double Difference(double number) const { return number * std::abs(unit->factor); }
    /// None when only cadences are given and the cadence is not known.
    std::optional<Duration> Resolve(const Length& length) const;
};

/// One kind of test; the parts get what makes it up for one datastream.
struct TestKind {
    TestNumber number;
    std::span<const ParameterSpec> parameters;
    int level;
    /// False: it works without knowing the unit of the values.
    bool needs_unit;
    /// kBadInput when the numbers contradict each other or one is missing; the message starts after
    /// "profile NAME, line N: TEST: ".
    Status (*make)(const Parameters& parameters, const TestSite& site, CheckerParts& parts);
};

/// The list of all kinds: one line a kind.
std::span<const TestKind* const> TestKinds();
const TestKind* FindKind(std::string_view name);

/// Null when it is not given.
const Parameter* Find(const Parameters& parameters, std::string_view name);
/// The single number of a parameter, or NaN.
double NumberOr(const Parameters& parameters, std::string_view name, double otherwise);

/// A test that was asked for and cannot look at this datastream at all (no unit, no cadence): every
/// reading says so.
std::unique_ptr<const WindowTest> CannotLook(TestNumber number, int level, std::string why);

}  // namespace tilth::qc
