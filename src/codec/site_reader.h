// How codec/site_yaml.h reads a site file: one function for each section. Internal to the module.
#pragma once

#include "codec/time_zone.h"
#include "codec/yaml_section.h"
#include "model/site.h"

#include <map>
#include <optional>
#include <set>

namespace tilth::codec {

/// Reads one document. Complaints are gathered in errors_; the first is what Read returns.
class SiteReader {
  public:
    Result<SiteConfig> Read(const YAML::Node& root);

  private:
    void ReadHead(const YamlSection& top);
    Location ReadLocation(const YamlSection& parent);
    void ReadThing(const YAML::Node& node);
    void ReadSensor(const YAML::Node& node, const Thing& thing);
    void ReadChannel(const YAML::Node& node, const YamlSection& sensor, ChannelConfig channel);
    void CheckUnits(const YamlSection& section, const ChannelConfig& channel);
    CalibrationSpec ReadCalibration(const YamlSection& channel);
    CalibrationSpec ReadCalibrationMap(const YAML::Node& node);
    std::optional<Time> ReadDate(const YamlSection& section, std::string_view key);
    void ReadMapping(const YAML::Node& node);
    void ReadDerivation(const YAML::Node& node);
    static Datastream Derived(const YamlSection& section, std::string_view kind, Datastream source);
    void ReadSoil(const YamlSection& section, Derivation& derivation);
    void ReadRetention(const YAML::Node& node, Derivation& derivation);
    void ReadStatistic(const YAML::Node& node);
    void CheckDatastream(const YAML::Node& at, const Datastream& datastream);
    void CheckOverlaps(const YAML::Node& root);

    YamlErrors errors_;
    SiteConfig site_;
    std::optional<TimeZone> zone_;
    std::map<std::string, Datastream, std::less<>> datastreams_;
    std::set<std::string, std::less<>> devices_;
};

}  // namespace tilth::codec
