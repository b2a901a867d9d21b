#include "qc/built_in_profiles.h"

namespace tilth::qc {
namespace {

constexpr std::string_view kQartod =
    R"(# The tests of the QARTOD manuals, each by itself, as ioos_qc computes them.
profiles:
  qartod:
    version: 1
    title: QARTOD tests, with spans for soil and weather sensors
    rules:
      - tests:
          clock: {ahead: 1h}
          conflict: on
          gap: {max: 3 cadences or 2h, flag: fail}
      - where: {property: volumetric_water_content}
        tests:
          gross_range: {fail: [0, 1], suspect: [0.005, 0.6]}
          spike: {suspect: 0.03, fail: 0.1}
          rate_of_change: {suspect: 0.4, per: 1h}
          flat_line: {tolerance: 0.00001, suspect: 7d, fail: 30d}
      - where: {property: soil_temperature}
        tests:
          gross_range: {fail: [-40, 60], suspect: [-20, 45]}
          spike: {suspect: 2, fail: 5}
          rate_of_change: {suspect: 8, per: 1h}
          flat_line: {tolerance: 0.001, suspect: 2d, fail: 7d}
      - where: {property: air_temperature}
        tests:
          gross_range: {fail: [-60, 60], suspect: [-40, 50]}
          spike: {suspect: 5, fail: 10}
          rate_of_change: {suspect: 15, per: 1h}
          flat_line: {tolerance: 0.001, suspect: 12h, fail: 1d}
)";

constexpr std::string_view kIsmn =
    R"(# The flags of the International Soil Moisture Network (Dorigo et al. 2013).
# c03 needs the soil's saturation point: give it in a profile of your own, by datastream.
profiles:
  ismn:
    version: 1
    title: ISMN geophysical range and frozen soil
    rules:
      - tests:
          clock: {ahead: 1h}
          conflict: on
      - where: {property: volumetric_water_content}
        tests:
          c01: {low: 0}
          c02: {high: 0.6}
          d01: {below: 0, tolerance: 1h}
      - where: {property: soil_temperature}
        tests: {c01: {low: -60}, c02: {high: 60}}
      - where: {property: air_temperature}
        tests: {c01: {low: -60}, c02: {high: 60}}
      - where: {property: precipitation}
        tests: {c01: {low: 0}, c02: {high: 100}}
      - where: {property: matric_potential}
        tests: {c01: {low: -2500}, c02: {high: 0}}
)";

constexpr std::string_view kSoilStart =
    R"(# Tilth's own: ranges of sensor and soil, neighbours no further than a few cadences, frozen soil.
profiles:
  soil:
    version: 1
    title: The default for soil sensors and their weather stations
    skip_failed: true
    rules:
      - tests:
          clock: {ahead: 1h}
          conflict: on
          sentinel: {raw: [-9999, -7999, 65534]}
          gap: {max: 3 cadences}
      - where: {property: volumetric_water_content}
        tests:
          sentinel: {raw: [-9999, -7999, 65534, -5]}
          gross_range: {fail: [0, 1], suspect: [0.005, 0.6]}
          spike: {suspect: 0.03, fail: 0.1, max_gap: 3 cadences or 3h}
          rate_of_change: {suspect: 0.4, per: 1h, least: 0.03, max_gap: 3 cadences or 3h}
          flat_line: {tolerance: 0.00001, suspect: 7d, max_gap: 1d}
          d01: {below: 0, tolerance: 3 cadences or 3h}
      - where: {property: soil_temperature}
        tests:
          sentinel: {raw: [-9999, -7999, 65534, -327.68]}
          gross_range: {fail: [-40, 60], suspect: [-20, 45]}
          spike: {suspect: 2, fail: 5, max_gap: 3 cadences or 3h}
          rate_of_change: {suspect: 8, per: 1h, least: 1, max_gap: 3 cadences or 3h}
          flat_line: {tolerance: 0.001, suspect: 2d, fail: 7d, max_gap: 1d}
      - where: {property: soil_temperature, depth: [0.3, 100]}
        tests:
          flat_line: {suspect: 7d, fail: 30d}
      - where: {property: bulk_electrical_conductivity}
        tests:
          gross_range: {fail: [0, 20], suspect: [0.001, 8]}
          spike: {suspect: 0.3, fail: 1, max_gap: 3 cadences or 3h}
          d01: {below: 0, tolerance: 3 cadences or 3h}
      - where: {property: pore_water_electrical_conductivity}
        tests: {gross_range: {fail: [0, 100], suspect: [0, 20]}}
      - where: {property: saturation_extract_electrical_conductivity}
        tests: {gross_range: {fail: [0, 100], suspect: [0, 20]}}
      - where: {property: matric_potential}
        tests:
          gross_range: {fail: [-100000, 0], suspect: [-20000, 0]}
          d01: {below: 0, tolerance: 3 cadences or 3h}
      - where: {property: relative_permittivity}
        tests:
          gross_range: {fail: [0.9, 90], suspect: [1, 81]}
          d01: {below: 0, tolerance: 3 cadences or 3h}
      - where: {property: degree_of_saturation}
        tests: {gross_range: {fail: [0, 1.5], suspect: [0, 1.05]}}
)";

constexpr std::string_view kSoilWeather = R"(      - where: {property: air_temperature}
        tests:
          gross_range: {fail: [-60, 60], suspect: [-40, 50]}
          spike: {suspect: 5, fail: 10, max_gap: 3 cadences or 3h}
          flat_line: {tolerance: 0.001, suspect: 12h, fail: 2d, max_gap: 6h}
      - where: {property: relative_humidity}
        tests: {gross_range: {fail: [0, 110], suspect: [1, 102]}}
      - where: {property: precipitation}
        tests: {gross_range: {fail: [0, 300], suspect: [0, 100]}}
      - where: {property: solar_radiation}
        tests: {gross_range: {fail: [-50, 2000], suspect: [-10, 1500]}}
      - where: {property: wind_speed}
        tests: {gross_range: {fail: [0, 100], suspect: [0, 50]}}
      - where: {property: barometric_pressure}
        tests: {gross_range: {fail: [30, 115], suspect: [50, 108]}}
      - where: {property: logger_temperature}
        tests: {gross_range: {fail: [-60, 100], suspect: [-40, 70]}}
      - where: {property: battery_voltage}
        tests: {gross_range: {fail: [0, 60]}}
      - where: {property: battery_percent}
        tests: {gross_range: {fail: [0, 110], suspect: [0, 101]}}
      - where: {property: signal_strength}
        tests: {gross_range: {fail: [-200, 30], suspect: [-150, 10]}}
)";

/// One text of two literals: a single one would be longer than compilers must accept.
template <size_t kLength>
struct Joined {
    constexpr Joined() {
        size_t at = 0;
        for (const char c : kSoilStart) text[at++] = c;
        for (const char c : kSoilWeather) text[at++] = c;
    }
    char text[kLength]{};
};
constexpr Joined<kSoilStart.size() + kSoilWeather.size()> kSoil;

constexpr BuiltInProfile kProfiles[] = {
    {"qartod", kQartod},
    {"ismn", kIsmn},
    {"soil", {kSoil.text, sizeof(kSoil.text)}},
};

}  // namespace

std::span<const BuiltInProfile> BuiltInProfiles() {
    return kProfiles;
}

}  // namespace tilth::qc
