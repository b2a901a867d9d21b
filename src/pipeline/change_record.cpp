#include "pipeline/change_record.h"

#include <yaml-cpp/yaml.h>

namespace tilth::pipeline {
namespace {

Result<YAML::Node> Load(std::string_view payload) {
    try {
        YAML::Node node = YAML::Load(std::string(payload));
        if (node.IsMap()) return node;
    } catch (const YAML::Exception& e) {
        return Fail(Fault::kBadInput, "a record of a change cannot be read: {}", e.what());
    }
    return Fail(Fault::kBadInput, "a record of a change is not a map");
}

std::string Text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    return value && value.IsScalar() ? value.Scalar() : std::string();
}

std::string Emit(const std::vector<std::pair<const char*, std::string>>& entries) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const auto& [key, value] : entries)
        out << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value;
    out << YAML::EndMap;
    return out.c_str();
}

/// An open end of a range is written as an empty text.
std::string EndText(Time t) {
    return t == Time::min() || t == Time::max() ? "" : FormatRfc3339(t);
}

Result<Time> ParseEnd(const std::string& text, Time open) {
    if (text.empty()) return open;
    return ParseRfc3339(text);
}

}  // namespace

std::string Encode(const ConfigChange& change) {
    return Emit(
        {{"version", std::to_string(Raw(change.version))},
         {"who", change.who},
         {"why", change.why},
         {"text", change.text}}
    );
}

Result<ConfigChange> DecodeConfigChange(std::string_view payload) {
    TILTH_TRY(const YAML::Node node, Load(payload));
    const int32_t version = node["version"] ? node["version"].as<int32_t>(0) : 0;
    if (version <= 0) return Fail(Fault::kBadInput, "a record of a configuration has no version");
    return ConfigChange{
        ConfigVersion{version}, Text(node, "who"), Text(node, "why"), Text(node, "text")};
}

std::string Encode(const ManualFlag& flag) {
    return Emit(
        {{"datastream", flag.datastream},
         {"from", EndText(flag.range.from)},
         {"to", EndText(flag.range.to)},
         {"flag", Name(flag.flag)},
         {"withdraw", flag.withdraw ? "true" : "false"},
         {"who", flag.who},
         {"why", flag.why}}
    );
}

Result<ManualFlag> DecodeManualFlag(std::string_view payload) {
    TILTH_TRY(const YAML::Node node, Load(payload));
    ManualFlag flag;
    flag.datastream = Text(node, "datastream");
    TILTH_TRY(flag.range.from, ParseEnd(Text(node, "from"), Time::min()));
    TILTH_TRY(flag.range.to, ParseEnd(Text(node, "to"), Time::max()));
    TILTH_TRY(flag.flag, ParseQualityFlag(Text(node, "flag")));
    flag.withdraw = Text(node, "withdraw") == "true";
    flag.who = Text(node, "who");
    flag.why = Text(node, "why");
    return flag;
}

}  // namespace tilth::pipeline
