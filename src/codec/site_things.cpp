// Things, their sensors and what the channels of those mean.
#include "base/text.h"
#include "codec/site_reader.h"
#include "model/units.h"

#include <algorithm>

namespace tilth::codec {
namespace {

constexpr double kDeepest = 1000;  ///< Metres: deeper is a mistake of units.

}  // namespace

void SiteReader::ReadThing(const YAML::Node& node) {
    const YamlSection section(
        errors_,
        node,
        "a thing",
        {"name", "description", "device", "location", "emulated", "sensors"}
    );
    Thing thing;
    thing.name = section.Key("name");
    thing.description = section.Text("description");
    thing.device = section.Has("device") ? section.Key("device") : thing.name;
    thing.location = ReadLocation(section);
    const std::string emulated = section.Text("emulated", "false");
    thing.emulated = emulated == "true";
    if (emulated != "true" && emulated != "false")
        section.Complain("emulated", "\"{}\" is neither true nor false", emulated);
    const auto same = [&](const Thing& other) { return other.name == thing.name; };
    if (std::ranges::any_of(site_.things, same))
        section.Complain("name", "there are two things \"{}\"", thing.name);
    if (!devices_.insert(thing.device).second) {
        section.Complain("device", "the device \"{}\" belongs to two things", thing.device);
    }
    for (const YAML::Node& sensor : section.List("sensors")) ReadSensor(sensor, thing);
    site_.things.push_back(std::move(thing));
}

void SiteReader::ReadSensor(const YAML::Node& node, const Thing& thing) {
    const YamlSection section(
        errors_,
        node,
        "a sensor",
        {"model", "depth", "label", "installed", "removed", "cadence", "profile", "channels"}
    );
    ChannelConfig channel;
    channel.device = thing.device;
    channel.datastream.thing = thing.name;
    channel.datastream.sensor = section.Text("model");
    channel.datastream.depth = section.Number("depth", 0, kDeepest);
    channel.datastream.label = section.Text("label");
    channel.datastream.cadence = section.Length("cadence");
    channel.datastream.profile = section.Text("profile", site_.profile);
    channel.valid.from = ReadDate(section, "installed").value_or(Time::min());
    channel.valid.to = ReadDate(section, "removed").value_or(Time::max());
    if (channel.valid.Empty())
        section.Complain("removed", "the sensor is removed before it is installed");
    const std::vector<YAML::Node> channels = section.List("channels");
    if (channels.empty())
        section.Complain("channels", "a sensor needs \"channels\", the values it gives");
    for (const YAML::Node& entry : channels) ReadChannel(entry, section, channel);
}

void SiteReader::ReadChannel(
    const YAML::Node& node, const YamlSection& sensor, ChannelConfig channel
) {
    const YamlSection section(
        errors_,
        node,
        "a channel",
        {"channel", "property", "unit", "calibration", "resolution", "cadence", "profile"}
    );
    Datastream& datastream = channel.datastream;
    channel.channel = section.Key("channel");
    const std::string property =
        section.Has("property") ? section.Key("property") : MeaningOf(channel.channel).property;
    const ObservedProperty* const known = FindProperty(property);
    datastream.property = known != nullptr ? std::string(known->name) : property;
    channel.unit = section.Text("unit");
    channel.calibration = ReadCalibration(section);
    datastream.unit = known != nullptr ? std::string(known->unit) : channel.unit;
    datastream.resolution =
        section.Number("resolution", 0, 1e6).value_or(known != nullptr ? known->resolution : 0);
    if (section.Has("cadence")) datastream.cadence = section.Length("cadence");
    datastream.profile = section.Text("profile", datastream.profile);
    datastream.name =
        NameOf(datastream.thing, datastream.property, datastream.depth, datastream.label);
    datastream.id = IdOf(datastream.name);
    CheckUnits(section, channel);
    CheckDatastream(sensor.node(), datastream);
    site_.channels.push_back(std::move(channel));
}

void SiteReader::CheckUnits(const YamlSection& section, const ChannelConfig& channel) {
    if (channel.unit.empty()) {
        if (channel.calibration.name.empty()) {
            section.Complain(
                "channel",
                "channel \"{}\" needs \"unit\", the unit it is sent in (for example {})",
                channel.channel,
                channel.datastream.unit.empty() ? "Cel" : channel.datastream.unit
            );
        }
        return;
    }
    Status status = CheckUnit(channel.unit);
    if (status && channel.calibration.name.empty()) {
        if (const auto conversion = ConvertUnits(channel.unit, channel.datastream.unit);
            !conversion) {
            status = std::unexpected(conversion.error());
        }
    }
    if (!status) section.Complain("unit", "{}", status.error().message);
}

CalibrationSpec SiteReader::ReadCalibration(const YamlSection& channel) {
    const YAML::Node node = channel.Get("calibration");
    if (!node.IsDefined()) return {};
    if (node.IsMap()) return ReadCalibrationMap(node);
    CalibrationSpec spec;
    spec.name = channel.Key("calibration");
    if (spec.name == "polynomial" || spec.name == "table") {
        errors_.Add(node, "write the numbers: calibration: {{{}: [...]}}", spec.name);
    }
    return spec;
}

CalibrationSpec SiteReader::ReadCalibrationMap(const YAML::Node& node) {
    CalibrationSpec spec;
    const YamlSection section(errors_, node, "a calibration", {"polynomial", "table"});
    if (section.Has("polynomial") == section.Has("table")) {
        errors_.Add(
            node, "a calibration is a probe's name, or one of \"polynomial\" and \"table\""
        );
        return spec;
    }
    spec.name = section.Has("polynomial") ? "polynomial" : "table";
    spec.coefficients = section.Numbers("polynomial");
    if (section.Has("polynomial") && spec.coefficients.empty())
        errors_.Add(node, "the polynomial has no coefficient");
    for (const YAML::Node& row : section.List("table")) {
        const bool pair =
            row.IsSequence() && row.size() == 2 && row[0].IsScalar() && row[1].IsScalar();
        const auto x = pair ? ParseNumber(row[0].Scalar()) : std::nullopt;
        const auto y = pair ? ParseNumber(row[1].Scalar()) : std::nullopt;
        if (!x || !y) {
            errors_.Add(row, "a row of the table is [as sent, value]");
        } else if (!spec.points.empty() && *x <= spec.points.back().first) {
            errors_.Add(row, "the first numbers of the table must rise");
        } else {
            spec.points.emplace_back(*x, *y);
        }
    }
    if (section.Has("table") && spec.points.size() < 2)
        errors_.Add(node, "the table needs two rows at least");
    return spec;
}

std::optional<Time> SiteReader::ReadDate(const YamlSection& section, std::string_view key) {
    if (!section.Has(key)) return std::nullopt;
    const std::string text = section.Text(key);
    if (const Result<Time> time = ParseRfc3339(text)) return *time;
    const Result<Time> local = ParseLocalTime(text, Duration{});
    if (!local) {
        section.Complain(key, "{}", local.error().message);
    } else if (!zone_) {
        section.Complain(
            key,
            "\"{}\" has no time zone; write for example 2025-05-01T06:00:00Z, or give the site a "
            "time_zone",
            text
        );
    } else {
        return zone_->ToUtc(*local);
    }
    return std::nullopt;
}

}  // namespace tilth::codec
