// What the emulated nodes measure: the names, units and digits of their values.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace tilth::field {

/// In order of depth where a property has several: 5, 20 and 50 cm.
enum class ChannelId : uint8_t {
    kVwc5,
    kVwc20,
    kVwc50,
    kRaw5,
    kRaw20,
    kRaw50,
    kSoilTemperature5,
    kSoilTemperature20,
    kSoilTemperature50,
    kBulkEc5,
    kBulkEc20,
    kBulkEc50,
    kMatricPotential20,
    kBatteryVoltage,
    kBatteryPercent,
    kRssi,
    kAirTemperature,
    kRelativeHumidity,
    kPrecipitation,
    kSolarRadiation,
    kWindSpeed,
};

constexpr double kNoDepth = std::numeric_limits<double>::quiet_NaN();

struct Channel {
    std::string_view name;        ///< As in payloads: "vwc_5cm".
    std::string_view property;    ///< Observed property: "volumetric water content".
    std::string_view unit;        ///< UCUM; "1" for counts.
    std::string_view senml_unit;  ///< Of the SenML registry, empty where that has none.
    double depth;                 ///< m, positive down; kNoDepth for what is not in the soil.
    int digits;                   ///< Decimals it is sent with.
};

/// Never fails: every ChannelId is in the table.
const Channel& Describe(ChannelId id);

/// What a soil node sends, in order; with `raw_counts` TEROS 12 counts in place of water content.
std::span<const ChannelId> SoilChannels(bool raw_counts);
/// What the weather node sends, in order.
std::span<const ChannelId> WeatherChannels();

/// One value of one channel, rounded to its digits.
struct Reading {
    ChannelId channel;
    double value;
};

/// No node has more channels.
constexpr size_t kMostReadings = 16;

/// The channel at probe number 0 (5 cm), 1 (20 cm) or 2 (50 cm), counted from that at 5 cm.
constexpr ChannelId AtProbe(ChannelId at_5cm, size_t probe) {
    return static_cast<ChannelId>(static_cast<uint8_t>(at_5cm) + probe);
}

}  // namespace tilth::field
