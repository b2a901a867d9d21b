// A profile as it was read: rules that say, for which datastreams, which tests with which numbers.
#pragma once

#include "qc/test_kind.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tilth::qc {

/// What a datastream must be like for a rule to hold; what is not given is not asked.
struct Where {
    std::string property;
    std::optional<std::pair<double, double>> depth;        ///< [from, to), metres.
    std::optional<std::pair<Duration, Duration>> cadence;  ///< [from, to)
    std::string sensor;                                    ///< With * for any text.
    std::string datastream;

    bool Holds(const Datastream& stream, std::optional<Duration> known_cadence) const;
};

struct TestChange {
    const TestKind* kind = nullptr;
    bool off = false;
    Parameters parameters;
    int line = 0;
};

struct ProfileRule {
    Where where;
    std::vector<TestChange> tests;
};

struct Profile {
    std::string name;
    int version = 1;
    std::string title;
    bool skip_failed = false;
    std::vector<ProfileRule> rules;  ///< Those of its base first.
};

/// `pattern` with * for any text, also none.
bool MatchesPattern(std::string_view pattern, std::string_view text);

/// The checker a profile gives a datastream.
Result<Checker> CompileProfile(
    const Profile& profile, const Datastream& datastream, std::optional<Duration> cadence
);

}  // namespace tilth::qc
