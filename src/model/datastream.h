// The catalogue of a lab in the terms of OGC SensorThings: what is measured where, by what, in
// which unit.
#pragma once

#include "base/time.h"
#include "model/ids.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace tilth {

struct Location {
    double latitude = std::numeric_limits<double>::quiet_NaN(
    );  ///< Degrees, WGS 84, north positive; NaN: unknown.
    double longitude =
        std::numeric_limits<double>::quiet_NaN();  ///< Degrees, east positive; NaN: unknown.
    double elevation = std::numeric_limits<double>::quiet_NaN();  ///< Metres; NaN: unknown.
    bool Known() const { return !std::isnan(latitude) && !std::isnan(longitude); }
};

/// A node or logger.
struct Thing {
    std::string name;  ///< Unique in the lab; a key (base/text.h).
    std::string description;
    std::string device;  ///< The key its messages carry.
    Location location;
    bool registered_itself = false;  ///< True until a site file names it.
    bool emulated = false;           ///< Made by Tilth's own emulator; shown everywhere.
};

/// One property of one sensor at one depth, with its unit.
struct Datastream {
    DatastreamId id{};     ///< IdOf(name)
    std::string name;      ///< NameOf(...): unique in the lab
    std::string thing;     ///< Thing::name
    std::string property;  ///< ObservedProperty::name, or the channel's own name when unknown
    std::optional<double> depth;  ///< Metres, positive down; none: not in the soil
    std::string label;            ///< Tells apart two probes at one depth ("a", "b"); mostly empty
    std::string unit;             ///< UCUM; empty: not declared
    std::string sensor;           ///< The probe and its data sheet, as the site file names it
    double resolution =
        0;  ///< Readings at one time that are equal after rounding to it are one; 0: exact
    Duration cadence{};   ///< Nominal time between readings; 0: not declared
    std::string profile;  ///< The QC profile that applies
    bool registered_itself = false;
    bool derived = false;  ///< Computed from other datastreams
};

/// "thing/property", then "@0.05m" with a depth, then "#label" with a label. In property and label
/// `~`, `/`, `@` and `#` are written ~0, ~1, ~2 and ~3: no two datastreams have one name.
std::string NameOf(
    std::string_view thing,
    std::string_view property,
    std::optional<double> depth,
    std::string_view label
);
/// A positive 63-bit hash of the name: the same in every store and at every replay.
DatastreamId IdOf(std::string_view name);

/// An observed property Tilth knows by name.
struct ObservedProperty {
    std::string_view name;        ///< "volumetric_water_content"
    std::string_view title;       ///< "Volumetric water content"
    std::string_view unit;        ///< UCUM, the unit its values are kept in
    double resolution;            ///< In that unit
    std::string_view short_name;  ///< "vwc": accepted in channel names, as vwc_5cm
};

/// All of them, in the order a person would list them.
const std::vector<ObservedProperty>& KnownProperties();
/// By name or short name; null when unknown.
const ObservedProperty* FindProperty(std::string_view name);

/// What a channel name says by itself: "vwc_5cm" -> volumetric_water_content at 0.05 m. Unknown
/// names keep the whole channel as property and have no depth and no unit.
struct ChannelMeaning {
    std::string property;
    std::optional<double> depth;
    std::string label;
};
ChannelMeaning MeaningOf(std::string_view channel);

}  // namespace tilth
