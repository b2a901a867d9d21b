#include "qc/profile_yaml.h"

#include "base/text.h"
#include "qc/rule_yaml.h"
#include "qc/yaml_values.h"

#include <cmath>

namespace tilth::qc {
namespace {

/// What must be there before the rules: they stand behind the base's.
Status ReadBase(
    const YAML::Node& node, Profile& profile, const FindProfile& known, const ProfileNames& names
) {
    if (!node) return {};
    TILTH_TRY(const std::string base, Text(node, "base"));
    const auto found = known(base);
    if (found == nullptr) return Unknown(node, base, "a profile defined before", names);
    profile.rules = found->rules;
    profile.skip_failed = found->skip_failed;
    return {};
}

Status ReadKey(
    const std::string& key, const YAML::Node& name, const YAML::Node& node, Profile& profile
) {
    static const Names kKeys{"version", "title", "base", "skip_failed", "rules"};
    if (key == "version") {
        TILTH_TRY(const double version, Number(node, key));
        if (!(version >= 1 && version <= 1e6 && version == std::floor(version))) {
            return Wrong(node, "version: expected a whole number from 1");
        }
        profile.version = static_cast<int>(version);
    } else if (key == "title") {
        TILTH_TRY(profile.title, Text(node, key));
    } else if (key == "skip_failed") {
        TILTH_TRY(profile.skip_failed, Switch(node, key));
    } else if (key == "rules") {
        if (!node.IsSequence()) return Wrong(node, "rules: expected a list");
        for (const YAML::Node& item : node) {
            TILTH_TRY(ProfileRule rule, ReadRule(item));
            profile.rules.push_back(std::move(rule));
        }
    } else if (key != "base") {
        return Unknown(name, key, "a key of a profile", kKeys);
    }
    return {};
}

Result<Profile> ReadProfile(
    const std::string& name,
    const YAML::Node& node,
    const FindProfile& known,
    const ProfileNames& names
) {
    if (!node.IsMap())
        return Wrong(node, "{}: expected {{version: ..., rules: ...}}", Printable(name));
    Profile profile;
    profile.name = name;
    TILTH_CHECK(ReadBase(node["base"], profile, known, names));
    for (const auto& item : node) {
        TILTH_TRY(const std::string key, Text(item.first, name));
        TILTH_CHECK(ReadKey(key, item.first, item.second, profile));
    }
    return profile;
}

/// Every property Tilth knows is tried, so that numbers that contradict each other are found at
/// once.
Status TryOut(const Profile& profile) {
    for (const ObservedProperty& property : KnownProperties()) {
        Datastream stream;
        stream.thing = "trial";
        stream.property = property.name;
        stream.unit = property.unit;
        stream.depth = 0.05;
        stream.name = NameOf(stream.thing, stream.property, stream.depth, "");
        TILTH_CHECK(CompileProfile(profile, stream, std::chrono::minutes{15}));
    }
    return {};
}

Result<std::vector<std::shared_ptr<const Profile>>> ReadAll(
    const YAML::Node& section, const FindProfile& known, ProfileNames names
) {
    std::vector<std::shared_ptr<const Profile>> profiles;
    const FindProfile find = [&](std::string_view name) -> std::shared_ptr<const Profile> {
        for (const auto& profile : profiles) {
            if (profile->name == name) return profile;
        }
        return known(name);
    };
    if (!section.IsMap()) return Wrong(section, "profiles: expected {{NAME: ...}}");
    for (const auto& item : section) {
        TILTH_TRY(const std::string name, Text(item.first, "profiles"));
        const Status key = CheckKey(name, "a profile's name");
        if (!key) return Wrong(item.first, "{}", key.error().message);
        if (find(name) != nullptr) {
            return Wrong(
                item.first, "{} is defined already; give it another name and base: {}", name, name
            );
        }
        TILTH_TRY(Profile profile, ReadProfile(name, item.second, find, names));
        TILTH_CHECK(TryOut(profile));
        profiles.push_back(std::make_shared<const Profile>(std::move(profile)));
        names.push_back(profiles.back()->name);
    }
    return profiles;
}

}  // namespace

Result<std::vector<std::shared_ptr<const Profile>>> ReadProfiles(
    std::string_view yaml, const FindProfile& known, const ProfileNames& names
) {
    try {
        const YAML::Node document = YAML::Load(std::string(yaml));
        if (!document.IsDefined() || document.IsNull())
            return std::vector<std::shared_ptr<const Profile>>{};
        if (!document.IsMap())
            return Wrong(document, "expected a document with a profiles: section");
        const YAML::Node section = document["profiles"];
        if (!section || section.IsNull()) return std::vector<std::shared_ptr<const Profile>>{};
        return ReadAll(section, known, names);
    } catch (const YAML::Exception& problem) {
        return Fail(Fault::kBadInput, "profiles, line {}: {}", problem.mark.line + 1, problem.msg);
    }
}

}  // namespace tilth::qc
