#include "qc/profiles.h"

#include "base/text.h"
#include "qc/built_in_profiles.h"
#include "qc/profile_yaml.h"

#include <cmath>
#include <cstdlib>

namespace tilth::qc {
namespace {

/// The cadence frozen with the configuration: the datastream's own, else the one for all; else as
/// declared.
std::optional<Duration> CadenceOf(
    const Datastream& datastream, std::span<const NamedStatistic> statistics
) {
    std::optional<Duration> cadence;
    if (datastream.cadence > Duration{}) cadence = datastream.cadence;
    bool own = false;
    for (const NamedStatistic& statistic : statistics) {
        const bool mine = statistic.datastream == datastream.name;
        if (statistic.name != "cadence" || own || !(mine || statistic.datastream.empty())) continue;
        if (!(statistic.value > 0 && statistic.value < 1e9)) continue;
        cadence = Duration{std::llround(statistic.value * 1e6)};
        own = mine;
    }
    return cadence;
}

}  // namespace

std::vector<std::string_view> ProfileSet::names() const {
    std::vector<std::string_view> names;
    names.reserve(profiles_.size());
    for (const auto& [name, profile] : profiles_) names.push_back(name);
    return names;
}

bool ProfileSet::Has(std::string_view name) const {
    return profiles_.contains(name);
}

const ProfileSet& ProfileSet::BuiltIn() {
    static const ProfileSet kBuiltIn = [] {
        ProfileSet set;
        for (const BuiltInProfile& text : BuiltInProfiles()) {
            auto read = ReadProfiles(text.yaml, [](std::string_view) { return nullptr; }, {});
            if (!read) {  // the text is part of the program; its test reads it
                fmt::print(stderr, "built-in profile {}: {}\n", text.name, read.error().message);
                std::abort();
            }
            for (auto& profile : *read) set.profiles_[profile->name] = profile;
        }
        return set;
    }();
    return kBuiltIn;
}

Result<Checker> ProfileSet::Compile(
    const Datastream& datastream,
    std::span<const NamedStatistic> statistics,
    std::string_view fallback
) const {
    const std::string_view name = datastream.profile.empty() ? fallback : datastream.profile;
    const auto found = profiles_.find(name);
    if (found == profiles_.end()) {
        const std::string_view closest = Closest(name, names());
        return Fail(
            Fault::kBadInput,
            "datastream {}: there is no profile \"{}\"{}",
            datastream.name,
            Printable(name),
            closest.empty() ? "" : fmt::format("; did you mean \"{}\"?", closest)
        );
    }
    return CompileProfile(*found->second, datastream, CadenceOf(datastream, statistics));
}

Result<ProfileSet> ParseProfiles(std::string_view yaml) {
    ProfileSet set = ProfileSet::BuiltIn();
    const FindProfile known = [&set](std::string_view name) -> std::shared_ptr<const Profile> {
        const auto found = set.profiles_.find(name);
        return found == set.profiles_.end() ? nullptr : found->second;
    };
    TILTH_TRY(auto read, ReadProfiles(yaml, known, set.names()));
    for (auto& profile : read) set.profiles_[profile->name] = profile;
    return set;
}

std::string_view BuiltInProfileText(std::string_view name) {
    for (const BuiltInProfile& text : BuiltInProfiles()) {
        if (text.name == name) return text.yaml;
    }
    return {};
}

}  // namespace tilth::qc
