// Water in a layered soil: rain in at the top, drainage and plants out, one hour a step.
#pragma once

#include "field/ground_heat.h"
#include "soil/retention.h"
#include "soil/texture.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace tilth::field {

/// Layers are 0-10, 10-30, 30-70 and 70-120 cm; the first three hold the probes at 5, 20 and 50 cm.
constexpr size_t kLayers = 4;
constexpr std::array<double, kLayers> kLayerThickness{0.10, 0.20, 0.40, 0.50};  ///< m

/// Hydraulic properties of one layer.
struct Layer {
    soil::VanGenuchten retention;
    double saturated_conductivity;  ///< mm/h
    double exponent;                ///< K = Ks S^exponent (Brooks & Corey 1964): 3 + 2 / (n - 1).
    double field_capacity;          ///< At -33 kPa, m3/m3.
    double wilting_point;           ///< At -1500 kPa, m3/m3.
};

/// A place in the field: its soil does not change.
struct SoilColumn {
    std::string_view texture;  ///< USDA class of the topsoil.
    std::array<Layer, kLayers> layers;
    GroundHeat heat;
    double plant_cover;  ///< Evaporation over that of the reference surface in summer, 0.5 to 0.8.
    double pore_ec;      ///< Conductivity of pore water at 25 degC, mS/cm.
};

/// Column number `index` of a field: a texture class and small deviations from its means, by seed.
SoilColumn MakeColumn(uint64_t seed, uint64_t index);

/// What changes: water content of each layer (m3/m3), between residual and saturated, and snow.
struct SoilWater {
    std::array<double, kLayers> theta;
    double snow;  ///< mm of water
};

/// Every layer at field capacity, no snow.
SoilWater InitialWater(const SoilColumn& column);

/// What the weather does to the soil in one hour.
struct HourForcing {
    double rain;                   ///< mm
    double air_temperature;        ///< degC
    double potential_evaporation;  ///< mm
    double radiation;              ///< W/m2
    double summer;                 ///< 0 to 1, the plants' season
};

/// One hour on. Rain (or melt, by degree-hours) fills from the top, at most three times Ks an hour,
/// the rest runs off; each layer drains by gravity with the closed form of ds/dt = -k S^b;
/// evaporation and roots take water down to the residual and the wilting point. Water is conserved.
/// Pure, thread-safe.
void StepWater(const SoilColumn& column, const HourForcing& hour, SoilWater& water);

/// Potential evaporation in mm/h (Priestley & Taylor 1972, alpha 1.26) from global radiation in
/// W/m2 and air temperature in degC; net radiation is taken as 0.77 of global less 45 W/m2 by day,
/// never below 0.
double PriestleyTaylor(double radiation, double air_temperature);

/// The part of the water that is liquid below 0 degC, m3/m3: what the retention curve keeps at the
/// potential of ice, 1222 kPa a degree (generalised Clapeyron equation; Spaans & Baker 1996).
double LiquidWater(const soil::VanGenuchten& retention, double water_content, double temperature);

}  // namespace tilth::field
