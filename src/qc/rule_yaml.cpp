#include "qc/rule_yaml.h"

#include "base/text.h"
#include "qc/yaml_values.h"

#include <algorithm>
#include <charconv>

namespace tilth::qc {
namespace {

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

}  // namespace

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

}  // namespace tilth::qc
