#include "model/datastream.h"

#include "base/hash.h"

#include <array>
#include <charconv>

namespace tilth {
namespace {

/// Marks that structure a name are escaped inside its parts, in the manner of JSON Pointer (RFC
/// 6901), so that no two datastreams have one name.
void AppendPart(std::string_view part, std::string& name) {
    for (const char c : part) {
        switch (c) {
            case '~':
                name += "~0";
                break;
            case '/':
                name += "~1";
                break;
            case '@':
                name += "~2";
                break;
            case '#':
                name += "~3";
                break;
            default:
                name += c;
        }
    }
}

}  // namespace

std::string NameOf(
    std::string_view thing,
    std::string_view property,
    std::optional<double> depth,
    std::string_view label
) {
    std::string name(thing);
    name += '/';
    AppendPart(property, name);
    if (depth) name += fmt::format("@{}m", *depth);
    if (!label.empty()) {
        name += '#';
        AppendPart(label, name);
    }
    return name;
}

DatastreamId IdOf(std::string_view name) {
    return DatastreamId{static_cast<int64_t>(Hash64(name) & 0x7fff'ffff'ffff'ffffu)};
}

const std::vector<ObservedProperty>& KnownProperties() {
    static const std::vector<ObservedProperty> kProperties{
        {"volumetric_water_content", "Volumetric water content", "m3/m3", 1e-5, "vwc"},
        {"soil_temperature", "Soil temperature", "Cel", 0.001, "soil_temp"},
        {"bulk_electrical_conductivity", "Bulk electrical conductivity", "mS/cm", 1e-5, "bulk_ec"},
        {"pore_water_electrical_conductivity",
         "Pore-water electrical conductivity",
         "mS/cm",
         1e-5,
         "pore_ec"},
        {"saturation_extract_electrical_conductivity",
         "Electrical conductivity of the saturation extract",
         "mS/cm",
         1e-5,
         "satext_ec"},
        {"matric_potential", "Matric potential", "kPa", 0.001, "matric"},
        {"relative_permittivity", "Relative permittivity", "1", 0.001, "permittivity"},
        {"degree_of_saturation", "Degree of saturation", "1", 1e-5, "saturation"},
        {"air_temperature", "Air temperature", "Cel", 0.001, "air_temp"},
        {"relative_humidity", "Relative humidity", "%", 0.01, "rh"},
        {"precipitation", "Precipitation", "mm", 0.001, "rain"},
        {"solar_radiation", "Solar radiation", "W/m2", 0.1, "radiation"},
        {"wind_speed", "Wind speed", "m/s", 0.01, "wind"},
        {"barometric_pressure", "Barometric pressure", "kPa", 0.001, "press"},
        {"logger_temperature", "Logger temperature", "Cel", 0.01, "logger_temp"},
        {"battery_voltage", "Battery voltage", "V", 0.001, "battery_v"},
        {"battery_percent", "Battery charge", "%", 0.1, "battery"},
        {"signal_strength", "Received signal strength", "dBm", 0.1, "rssi"},
    };
    return kProperties;
}

const ObservedProperty* FindProperty(std::string_view name) {
    for (const ObservedProperty& property : KnownProperties()) {
        if (name == property.name || name == property.short_name) return &property;
    }
    return nullptr;
}

namespace {

/// Splits "vwc_50acm" into "vwc", 0.5 m and label "a". False when there is no depth at the end.
bool SplitDepth(
    std::string_view channel, std::string_view& stem, double& depth, std::string_view& label
) {
    if (!channel.ends_with("cm")) return false;
    const size_t underscore = channel.rfind('_');
    if (underscore == std::string_view::npos || underscore == 0) return false;
    const std::string_view tail = channel.substr(underscore + 1, channel.size() - underscore - 3);
    double centimetres = 0;
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), centimetres);
    if (error != std::errc{} || !(centimetres >= 0 && centimetres < 1e5)) return false;
    label = tail.substr(static_cast<size_t>(end - tail.data()));
    if (label.size() > 1) return false;
    stem = channel.substr(0, underscore);
    depth = centimetres / 100;
    return true;
}

}  // namespace

ChannelMeaning MeaningOf(std::string_view channel) {
    std::string_view stem = channel;
    std::string_view label;
    double depth = 0;
    const bool deep = SplitDepth(channel, stem, depth, label);
    const ObservedProperty* property = FindProperty(stem);
    if (property == nullptr) return {std::string(channel), std::nullopt, {}};
    return {
        std::string(property->name),
        deep ? std::optional(depth) : std::nullopt,
        std::string(label)};
}

}  // namespace tilth
