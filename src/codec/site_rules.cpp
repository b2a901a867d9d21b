// Mappings of messages, derivations and statistics.
#include "base/text.h"
#include "codec/site_reader.h"
#include "codec/topic_filter.h"

#include <algorithm>

namespace tilth::codec {

void SiteReader::ReadMapping(const YAML::Node& node) {
    const YamlSection section(
        errors_,
        node,
        "a mapping",
        {"topic",
         "format",
         "device_field",
         "device_level",
         "time_field",
         "time_unit",
         "number_field",
         "ignore"}
    );
    MessageMapping mapping;
    mapping.topic_filter = section.Text("topic");
    mapping.format = section.Text("format", mapping.format);
    mapping.device_field = section.Text("device_field");
    mapping.device_level = static_cast<int>(section.Whole("device_level", 0, 100).value_or(-1));
    mapping.time_field = section.Text("time_field");
    mapping.time_unit = section.Text("time_unit", mapping.time_unit);
    mapping.number_field = section.Text("number_field");
    mapping.ignore = section.Texts("ignore");
    if (!IsTopicFilter(mapping.topic_filter)) {
        section.Complain(
            "topic", "a mapping needs \"topic\", an MQTT filter such as field/+/up or sensors/#"
        );
    }
    const auto one_of = [&](std::string_view key,
                            const std::string& text,
                            const std::vector<std::string_view>& names) {
        if (std::ranges::find(names, text) != names.end()) return;
        section.Complain(
            key,
            "\"{}\" is \"{}\"; expected one of {}",
            key,
            Printable(text),
            fmt::join(names, ", ")
        );
    };
    one_of("format", mapping.format, {"auto", "json", "senml"});
    one_of("time_unit", mapping.time_unit, {"s", "ms", "us", "auto"});
    if (section.Has("device_field") && section.Has("device_level")) {
        section.Complain("device_level", "give \"device_field\" or \"device_level\", not both");
    }
    site_.mappings.push_back(std::move(mapping));
}

void SiteReader::ReadDerivation(const YAML::Node& node) {
    const YamlSection section(
        errors_,
        node,
        "a derivation",
        {"kind", "source", "thing", "depth", "label", "van_genuchten", "texture", "profile"}
    );
    Derivation derivation;
    derivation.kind = section.Text("kind");
    derivation.source = section.Text("source");
    if (derivation.kind != "matric_potential" && derivation.kind != "degree_of_saturation") {
        section.Complain(
            "kind", "a derivation has \"kind\": matric_potential or degree_of_saturation"
        );
        return;
    }
    const auto source = datastreams_.find(derivation.source);
    if (source == datastreams_.end()) {
        std::vector<std::string_view> names;
        for (const auto& [name, datastream] : datastreams_) names.push_back(name);
        const std::string_view near = Closest(derivation.source, names);
        section.Complain(
            "source",
            "a derivation has \"source\", the name of a datastream of this file; \"{}\" is none{}",
            Printable(derivation.source),
            near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)
        );
        return;
    }
    if (source->second.property != "volumetric_water_content") {
        section.Complain("source", "{} is no water content", derivation.source);
    }
    derivation.datastream = Derived(section, derivation.kind, source->second);
    ReadSoil(section, derivation);
    if (!datastreams_.emplace(derivation.datastream.name, derivation.datastream).second) {
        errors_.Add(
            node,
            "there is a datastream {} already; give another \"label\"",
            derivation.datastream.name
        );
    }
    site_.derivations.push_back(std::move(derivation));
}

/// The datastream of a derivation: where its source is, of the property that `kind` names.
Datastream SiteReader::Derived(
    const YamlSection& section, std::string_view kind, Datastream datastream
) {
    const ObservedProperty& property = *FindProperty(kind);
    datastream.property = property.name;
    datastream.unit = property.unit;
    datastream.resolution = property.resolution;
    datastream.label = section.Text("label", "derived");
    datastream.profile = section.Text("profile", datastream.profile);
    datastream.derived = true;
    datastream.name =
        NameOf(datastream.thing, datastream.property, datastream.depth, datastream.label);
    datastream.id = IdOf(datastream.name);
    return datastream;
}

void SiteReader::ReadSoil(const YamlSection& section, Derivation& derivation) {
    derivation.texture = section.Text("texture");
    if (section.Has("van_genuchten") == section.Has("texture")) {
        errors_.Add(
            section.node(),
            "a derivation needs the soil: \"van_genuchten\" with its parameters, or \"texture\""
        );
    }
    if (const YAML::Node retention = section.Get("van_genuchten"); retention.IsDefined()) {
        ReadRetention(retention, derivation);
    }
}

void SiteReader::ReadRetention(const YAML::Node& node, Derivation& derivation) {
    const YamlSection section(errors_, node, "van_genuchten", {"theta_r", "theta_s", "alpha", "n"});
    for (const char* key : {"theta_r", "theta_s", "alpha", "n"}) {
        if (!section.Has(key)) errors_.Add(node, "van_genuchten needs \"{}\"", key);
    }
    derivation.theta_r = section.Number("theta_r", 0, 1).value_or(0);
    derivation.theta_s = section.Number("theta_s", 0, 1).value_or(1);
    derivation.alpha = section.Number("alpha", 1e-6, 1e6).value_or(1);
    derivation.n = section.Number("n", 1.0001, 100).value_or(2);
    if (derivation.theta_r >= derivation.theta_s)
        errors_.Add(node, "theta_r must be below theta_s");
}

void SiteReader::ReadStatistic(const YAML::Node& node) {
    const YamlSection section(errors_, node, "a statistic", {"name", "datastream", "value"});
    NamedStatistic statistic;
    statistic.name = section.Key("name");
    statistic.datastream = section.Text("datastream");
    const auto value = section.Number("value", -1e300, 1e300);
    if (!section.Has("value")) errors_.Add(node, "a statistic needs \"value\", a number");
    statistic.value = value.value_or(0);
    site_.statistics.push_back(std::move(statistic));
}

}  // namespace tilth::codec
