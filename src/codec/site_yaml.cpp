#include "codec/site_yaml.h"

#include "base/text.h"
#include "codec/site_reader.h"

namespace tilth::codec {

Result<SiteConfig> SiteReader::Read(const YAML::Node& root) {
    if (root.IsNull()) return site_;
    const YamlSection top(
        errors_,
        root,
        "the site file",
        {"site", "things", "mappings", "derivations", "statistics", "limits", "profiles"}
    );
    ReadHead(top);
    for (const YAML::Node& node : top.List("things")) ReadThing(node);
    for (const YAML::Node& node : top.List("mappings")) ReadMapping(node);
    for (const YAML::Node& node : top.List("derivations")) ReadDerivation(node);
    for (const YAML::Node& node : top.List("statistics")) ReadStatistic(node);
    CheckOverlaps(root);
    if (!errors_.Empty()) return std::unexpected(errors_.status().error());
    return std::move(site_);
}

void SiteReader::ReadHead(const YamlSection& top) {
    if (const YAML::Node limits = top.Get("limits"); limits.IsDefined()) {
        const YamlSection section(errors_, limits, "limits", {"devices", "channels_per_device"});
        site_.max_devices = static_cast<uint32_t>(
            section.Whole("devices", 0, 10'000'000).value_or(int64_t{site_.max_devices})
        );
        site_.max_channels = static_cast<uint32_t>(
            section.Whole("channels_per_device", 0, 1'000'000).value_or(int64_t{site_.max_channels})
        );
    }
    const YAML::Node node = top.Get("site");
    if (!node.IsDefined()) return;
    const YamlSection site(errors_, node, "the site", {"name", "location", "profile", "time_zone"});
    site_.name = site.Text("name");
    site_.location = ReadLocation(site);
    site_.profile = site.Text("profile", site_.profile);
    if (!site.Has("time_zone")) return;
    // Dates of a site file are rare; offsets are enough for them and need no database.
    const auto no_names = [](std::string_view) -> Result<std::string> {
        return Fail(Fault::kNotFound, "a site file takes offsets only");
    };
    const Result<TimeZone> zone = ParseTimeZone(site.Text("time_zone"), no_names);
    if (zone) {
        zone_ = *zone;
    } else {
        site.Complain("time_zone", "{}", zone.error().message);
    }
}

Location SiteReader::ReadLocation(const YamlSection& parent) {
    Location location;
    const YAML::Node node = parent.Get("location");
    if (!node.IsDefined()) return location;
    const YamlSection section(errors_, node, "a location", {"latitude", "longitude", "elevation"});
    const auto latitude = section.Number("latitude", -90, 90);
    const auto longitude = section.Number("longitude", -180, 180);
    if (!latitude || !longitude)
        errors_.Add(node, "a location needs \"latitude\" and \"longitude\" in degrees");
    location.latitude = latitude.value_or(location.latitude);
    location.longitude = longitude.value_or(location.longitude);
    location.elevation = section.Number("elevation", -1000, 10'000).value_or(location.elevation);
    return location;
}

void SiteReader::CheckDatastream(const YAML::Node& at, const Datastream& datastream) {
    if (const Status key = CheckKey(datastream.name, "the datastream's name"); !key) {
        errors_.Add(at, "{}", key.error().message);
    }
    const auto [known, fresh] = datastreams_.emplace(datastream.name, datastream);
    if (!fresh && known->second.unit != datastream.unit) {
        errors_.Add(
            at,
            "the datastream {} is in \"{}\" here and in \"{}\" elsewhere; give one of the probes a "
            "label",
            datastream.name,
            datastream.unit,
            known->second.unit
        );
    }
}

void SiteReader::CheckOverlaps(const YAML::Node& root) {
    std::map<std::pair<std::string_view, std::string_view>, std::vector<TimeRange>> seen;
    for (const ChannelConfig& channel : site_.channels) {
        std::vector<TimeRange>& ranges = seen[{channel.device, channel.channel}];
        for (const TimeRange& other : ranges) {
            if (channel.valid.from < other.to && other.from < channel.valid.to) {
                errors_.Add(
                    root["things"],
                    "channel \"{}\" of device \"{}\" has two meanings at one time; give "
                    "\"installed\" and \"removed\"",
                    channel.channel,
                    channel.device
                );
            }
        }
        ranges.push_back(channel.valid);
    }
}

Result<SiteConfig> ParseSite(std::string_view yaml) {
    TILTH_TRY(const YAML::Node root, LoadYaml(yaml));
    try {
        return SiteReader().Read(root);
    } catch (const YAML::Exception& error) {
        return Fail(Fault::kBadInput, "line {}: {}", error.mark.line + 1, error.msg);
    }
}

}  // namespace tilth::codec
