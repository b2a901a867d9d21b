#include "qc/profile.h"

#include <map>

namespace tilth::qc {
namespace {

struct Wanted {
    const TestKind* kind = nullptr;
    Parameters parameters;
    int line = 0;
};
using WantedTests = std::map<TestNumber, Wanted>;

void Change(WantedTests& tests, const TestChange& change) {
    if (change.off) {
        tests.erase(change.kind->number);
        return;
    }
    Wanted& wanted = tests[change.kind->number];
    wanted.kind = change.kind;
    wanted.line = change.line;
    for (const auto& [name, parameter] : change.parameters) wanted.parameters[name] = parameter;
}

/// From the unit of a profile's numbers to the datastream's; none where no unit is declared. The
/// numbers for a property that Tilth does not know are in whatever unit it has.
Result<std::optional<UnitConversion>> ConversionFor(
    const Profile& profile, const Datastream& datastream
) {
    const ObservedProperty* property = FindProperty(datastream.property);
    if (property == nullptr) return UnitConversion{};
    if (datastream.unit.empty()) return std::nullopt;
    auto conversion = ConvertUnits(property->unit, datastream.unit);
    if (!conversion) {
        return Fail(
            conversion.error().fault,
            "profile {} cannot check {}: {}",
            profile.name,
            datastream.name,
            conversion.error().message
        );
    }
    return *conversion;
}

Status Make(
    const Profile& profile, const Wanted& wanted, const TestSite& site, CheckerParts& parts
) {
    if (wanted.kind->needs_unit && !site.unit) {
        parts.windows.push_back(
            CannotLook(wanted.kind->number, wanted.kind->level, "the unit is not declared")
        );
        return {};
    }
    Status made = wanted.kind->make(wanted.parameters, site, parts);
    if (made) return made;
    return Fail(
        made.error().fault,
        "profile {}, line {}: {}: {}",
        profile.name,
        wanted.line,
        FindTest(static_cast<int>(wanted.kind->number))->name,
        made.error().message
    );
}

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view text) {
    size_t p = 0;
    size_t star = std::string_view::npos;
    size_t resume = 0;
    for (size_t t = 0; t < text.size();) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool Where::Holds(const Datastream& stream, std::optional<Duration> known_cadence) const {
    if (!property.empty() && property != stream.property) return false;
    if (!sensor.empty() && !MatchesPattern(sensor, stream.sensor)) return false;
    if (!datastream.empty() && !MatchesPattern(datastream, stream.name)) return false;
    if (depth) {
        if (!stream.depth || *stream.depth < depth->first || *stream.depth >= depth->second)
            return false;
    }
    if (cadence) {
        if (!known_cadence || *known_cadence < cadence->first) return false;
        if (*known_cadence >= cadence->second) return false;
    }
    return true;
}

Result<Checker> CompileProfile(
    const Profile& profile, const Datastream& datastream, std::optional<Duration> cadence
) {
    TILTH_TRY(const auto unit, ConversionFor(profile, datastream));
    const TestSite site{datastream, cadence, unit};
    WantedTests tests;
    for (const ProfileRule& rule : profile.rules) {
        if (!rule.where.Holds(datastream, cadence)) continue;
        for (const TestChange& change : rule.tests) Change(tests, change);
    }
    CheckerParts parts;
    parts.datastream = datastream.id;
    parts.resolution = datastream.resolution;
    parts.profile = fmt::format("{} {}", profile.name, profile.version);
    parts.skip_failed = profile.skip_failed;
    for (const auto& [number, wanted] : tests) TILTH_CHECK(Make(profile, wanted, site, parts));
    return Checker(std::move(parts));
}

}  // namespace tilth::qc
