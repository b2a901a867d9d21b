#include "field/channel.h"

#include <array>

namespace tilth::field {
namespace {

constexpr std::string_view kWater = "volumetric water content";
constexpr std::string_view kCounts = "probe counts";
constexpr std::string_view kTemperature = "soil temperature";
constexpr std::string_view kConductivity = "bulk electrical conductivity";

constexpr std::array kChannels{
    Channel{"vwc_5cm", kWater, "m3/m3", "", 0.05, 4},
    Channel{"vwc_20cm", kWater, "m3/m3", "", 0.20, 4},
    Channel{"vwc_50cm", kWater, "m3/m3", "", 0.50, 4},
    Channel{"teros12_raw_5cm", kCounts, "1", "", 0.05, 1},
    Channel{"teros12_raw_20cm", kCounts, "1", "", 0.20, 1},
    Channel{"teros12_raw_50cm", kCounts, "1", "", 0.50, 1},
    Channel{"soil_temperature_5cm", kTemperature, "Cel", "Cel", 0.05, 1},
    Channel{"soil_temperature_20cm", kTemperature, "Cel", "Cel", 0.20, 1},
    Channel{"soil_temperature_50cm", kTemperature, "Cel", "Cel", 0.50, 1},
    Channel{"bulk_ec_5cm", kConductivity, "mS/cm", "", 0.05, 3},
    Channel{"bulk_ec_20cm", kConductivity, "mS/cm", "", 0.20, 3},
    Channel{"bulk_ec_50cm", kConductivity, "mS/cm", "", 0.50, 3},
    Channel{"matric_potential_20cm", "matric potential", "kPa", "", 0.20, 1},
    Channel{"battery_voltage", "battery voltage", "V", "V", kNoDepth, 3},
    Channel{"battery_percent", "battery level", "%", "%EL", kNoDepth, 0},
    Channel{"rssi", "received signal strength", "dB[mW]", "dBm", kNoDepth, 0},
    Channel{"air_temperature", "air temperature", "Cel", "Cel", kNoDepth, 1},
    Channel{"relative_humidity", "relative humidity", "%", "%RH", kNoDepth, 1},
    Channel{"precipitation", "precipitation", "mm", "mm", kNoDepth, 1},
    Channel{"solar_radiation", "global radiation", "W/m2", "W/m2", kNoDepth, 1},
    Channel{"wind_speed", "wind speed", "m/s", "m/s", kNoDepth, 2},
};
static_assert(kChannels.size() == static_cast<size_t>(ChannelId::kWindSpeed) + 1);

using enum ChannelId;
constexpr std::array kSoilChannels{
    kVwc5,
    kSoilTemperature5,
    kBulkEc5,
    kVwc20,
    kSoilTemperature20,
    kBulkEc20,
    kVwc50,
    kSoilTemperature50,
    kBulkEc50,
    kMatricPotential20,
    kBatteryVoltage,
    kBatteryPercent,
    kRssi,
};
constexpr std::array kRawChannels{
    kRaw5,
    kSoilTemperature5,
    kBulkEc5,
    kRaw20,
    kSoilTemperature20,
    kBulkEc20,
    kRaw50,
    kSoilTemperature50,
    kBulkEc50,
    kMatricPotential20,
    kBatteryVoltage,
    kBatteryPercent,
    kRssi,
};
constexpr std::array kWeatherChannels{
    kAirTemperature,
    kRelativeHumidity,
    kPrecipitation,
    kSolarRadiation,
    kWindSpeed,
    kBatteryVoltage,
    kBatteryPercent,
};

}  // namespace

const Channel& Describe(ChannelId id) {
    return kChannels[static_cast<size_t>(id)];
}

std::span<const ChannelId> SoilChannels(bool raw_counts) {
    if (raw_counts) return kRawChannels;
    return kSoilChannels;
}

std::span<const ChannelId> WeatherChannels() {
    return kWeatherChannels;
}

}  // namespace tilth::field
