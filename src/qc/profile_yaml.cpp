#include "qc/profile_yaml.h"

#include "base/text.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tilth::qc {
namespace {

using Names = std::vector<std::string_view>;

int LineOf(const YAML::Node& node) {
    return node.Mark().line + 1;
}

template <class... Args>
std::unexpected<Error> Wrong(
    const YAML::Node& node, fmt::format_string<Args...> format, Args&&... args
) {
    return Fail(
        Fault::kBadInput,
        "profiles, line {}: {}",
        LineOf(node),
        fmt::format(format, std::forward<Args>(args)...)
    );
}

/// `"grosrange" is not a test; did you mean "gross_range"? ...`
std::unexpected<Error> Unknown(
    const YAML::Node& node, std::string_view word, std::string_view what, const Names& known
) {
    const std::string_view closest = Closest(word, known);
    const std::string hint = closest.empty() ? "" : fmt::format("; did you mean \"{}\"?", closest);
    return Wrong(
        node, "\"{}\" is not {}{} (known: {})", Printable(word), what, hint, fmt::join(known, ", ")
    );
}

Result<std::string> Text(const YAML::Node& node, std::string_view key) {
    if (!node.IsScalar()) return Wrong(node, "{}: expected a text", key);
    return node.Scalar();
}

Result<double> Number(const YAML::Node& node, std::string_view key) {
    double number = 0;
    if (node.IsScalar()) {
        const std::string& text = node.Scalar();
        const char* end = text.data() + text.size();
        const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
        const auto [stop, error] = std::from_chars(begin, end, number);
        if (error == std::errc{} && stop == end && std::isfinite(number)) return number;
    }
    return Wrong(node, "{}: expected a number", key);
}

Result<std::vector<double>> Numbers(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() == 0)
        return Wrong(node, "{}: expected [NUMBER, ...]", key);
    std::vector<double> numbers;
    for (const YAML::Node& item : node) {
        TILTH_TRY(const double number, Number(item, key));
        numbers.push_back(number);
    }
    return numbers;
}

Result<std::pair<double, double>> NumberRange(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() != 2) return Wrong(node, "{}: expected [LOW, HIGH]", key);
    TILTH_TRY(const std::vector<double> numbers, Numbers(node, key));
    if (numbers[0] > numbers[1])
        return Wrong(node, "{}: the first number must not be above the second", key);
    return std::pair(numbers[0], numbers[1]);
}

Result<bool> Switch(const YAML::Node& node, std::string_view key) {
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text == "false" || text == "off" || text == "no") return false;
    return Wrong(node, "{}: expected on or off", key);
}

Result<std::pair<Duration, Duration>> DurationRange(const YAML::Node& node, std::string_view key) {
    if (!node.IsSequence() || node.size() != 2) {
        return Wrong(node, "{}: expected [DURATION, DURATION]", key);
    }
    std::array<Duration, 2> ends{};
    for (size_t i = 0; i < 2; ++i) {
        TILTH_TRY(const std::string text, Text(node[i], key));
        const auto duration = ParseDuration(text);
        if (!duration) return Wrong(node[i], "{}: {}", key, duration.error().message);
        ends[i] = *duration;
    }
    return std::pair(ends[0], ends[1]);
}

Result<Parameter> ReadChoice(const YAML::Node& node, const ParameterSpec& spec) {
    Parameter parameter;
    TILTH_TRY(parameter.text, Text(node, spec.name));
    const Names choices(spec.choices.begin(), spec.choices.end());
    if (std::ranges::find(choices, parameter.text) == choices.end()) {
        return Unknown(node, parameter.text, fmt::format("a {}", spec.name), choices);
    }
    return parameter;
}

Result<Parameter> ReadLength(const YAML::Node& node, const ParameterSpec& spec) {
    Parameter parameter;
    TILTH_TRY(parameter.text, Text(node, spec.name));
    const auto length = ParseLength(parameter.text);
    if (!length) return Wrong(node, "{}: {}", spec.name, length.error().message);
    parameter.length = *length;
    return parameter;
}

Result<Parameter> ReadParameter(const YAML::Node& node, const ParameterSpec& spec) {
    Parameter parameter;
    switch (spec.kind) {
        case ParameterKind::kValue:
        case ParameterKind::kRaw:
        case ParameterKind::kDifference: {
            TILTH_TRY(const double number, Number(node, spec.name));
            if (spec.kind == ParameterKind::kDifference && !(number > 0)) {
                return Wrong(node, "{}: expected a number above 0", spec.name);
            }
            parameter.numbers = {number};
            return parameter;
        }
        case ParameterKind::kValueRange: {
            TILTH_TRY(const auto range, NumberRange(node, spec.name));
            parameter.numbers = {range.first, range.second};
            return parameter;
        }
        case ParameterKind::kRawList: {
            TILTH_TRY(parameter.numbers, Numbers(node, spec.name));
            return parameter;
        }
        case ParameterKind::kLength:
            return ReadLength(node, spec);
        case ParameterKind::kChoice:
            return ReadChoice(node, spec);
        case ParameterKind::kText: {
            TILTH_TRY(parameter.text, Text(node, spec.name));
            return parameter;
        }
    }
    return parameter;
}

Result<TestChange> ReadTest(const YAML::Node& key, const YAML::Node& node) {
    TILTH_TRY(const std::string name, Text(key, "tests"));
    TestChange change;
    change.kind = FindKind(name);
    change.line = LineOf(key);
    if (change.kind == nullptr) {
        Names names;
        for (const TestKind* kind : TestKinds()) {
            names.push_back(FindTest(static_cast<int>(kind->number))->name);
        }
        return Unknown(key, name, "a test", names);
    }
    if (node.IsScalar()) {
        TILTH_TRY(const bool on, Switch(node, name));
        change.off = !on;
        return change;
    }
    if (!node.IsMap()) return Wrong(key, "{}: expected {{PARAMETER: ...}}, on or off", name);
    Names names;
    for (const ParameterSpec& spec : change.kind->parameters) names.push_back(spec.name);
    for (const auto& item : node) {
        TILTH_TRY(const std::string parameter, Text(item.first, name));
        const auto spec =
            std::ranges::find(change.kind->parameters, parameter, &ParameterSpec::name);
        if (spec == change.kind->parameters.end()) {
            return Unknown(item.first, parameter, fmt::format("a parameter of {}", name), names);
        }
        TILTH_TRY(Parameter read, ReadParameter(item.second, *spec));
        read.line = LineOf(item.first);
        change.parameters[parameter] = std::move(read);
    }
    return change;
}

Result<std::string> ReadProperty(const YAML::Node& node) {
    TILTH_TRY(std::string name, Text(node, "property"));
    const ObservedProperty* known = FindProperty(name);
    if (known != nullptr) return std::string(known->name);
    Names names;
    for (const ObservedProperty& property : KnownProperties()) names.push_back(property.name);
    // A name of the site's own is right; one that is nearly Tilth's is a slip.
    if (!Closest(name, names).empty()) return Unknown(node, name, "a property", names);
    return name;
}

Result<Where> ReadWhere(const YAML::Node& node) {
    if (!node.IsMap()) return Wrong(node, "where: expected {{property: ..., depth: ...}}");
    static const Names kKeys{"property", "depth", "cadence", "sensor", "datastream"};
    Where where;
    for (const auto& item : node) {
        TILTH_TRY(const std::string key, Text(item.first, "where"));
        if (key == "property") {
            TILTH_TRY(where.property, ReadProperty(item.second));
        } else if (key == "depth") {
            TILTH_TRY(where.depth, NumberRange(item.second, key));
        } else if (key == "cadence") {
            TILTH_TRY(where.cadence, DurationRange(item.second, key));
        } else if (key == "sensor") {
            TILTH_TRY(where.sensor, Text(item.second, key));
        } else if (key == "datastream") {
            TILTH_TRY(where.datastream, Text(item.second, key));
        } else {
            return Unknown(item.first, key, "a key of where", kKeys);
        }
    }
    return where;
}

Result<ProfileRule> ReadRule(const YAML::Node& node) {
    if (!node.IsMap()) return Wrong(node, "rules: expected {{where: ..., tests: ...}}");
    static const Names kKeys{"where", "tests"};
    ProfileRule rule;
    for (const auto& item : node) {
        TILTH_TRY(const std::string key, Text(item.first, "rules"));
        if (key == "where") {
            TILTH_TRY(rule.where, ReadWhere(item.second));
        } else if (key == "tests") {
            if (!item.second.IsMap()) return Wrong(item.second, "tests: expected {{TEST: ...}}");
            for (const auto& test : item.second) {
                TILTH_TRY(TestChange change, ReadTest(test.first, test.second));
                rule.tests.push_back(std::move(change));
            }
        } else {
            return Unknown(item.first, key, "a key of a rule", kKeys);
        }
    }
    return rule;
}

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

Result<Length> ParseLength(std::string_view text) {
    const auto wrong = [text] {
        return Fail(
            Fault::kBadInput,
            "\"{}\" is not a length of time; expected \"2h\", \"3 cadences\" or \"3 cadences or "
            "2h\"",
            Printable(text)
        );
    };
    Length length;
    constexpr std::string_view kOr = " or ";
    while (!text.empty()) {
        const size_t split = text.find(kOr);
        const std::string_view part = text.substr(0, split);
        text = split == std::string_view::npos ? "" : text.substr(split + kOr.size());
        const size_t space = part.find(' ');
        const std::string_view unit = space == std::string_view::npos ? "" : part.substr(space + 1);
        if (unit == "cadences" || unit == "cadence") {
            const auto [stop, error] =
                std::from_chars(part.data(), part.data() + space, length.cadences);
            const bool good = error == std::errc{} && stop == part.data() + space;
            if (!good || !(length.cadences > 0 && length.cadences <= 1e6)) return wrong();
            continue;
        }
        const auto fixed = ParseDuration(part);
        if (!fixed || *fixed <= Duration{} || *fixed > kAnyDistance / 2) return wrong();
        length.fixed = *fixed;
    }
    if (length.cadences == 0 && length.fixed == Duration{}) return wrong();
    return length;
}

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
