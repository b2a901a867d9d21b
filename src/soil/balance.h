// How much water a soil holds and how much of it a plant can use. Water contents in m3/m3. Pure,
// thread-safe.
#pragma once

#include "base/result.h"

#include <span>

namespace tilth::soil {

/// Degree of saturation theta / porosity, 0 to 1 for possible values; porosity > 0. Not clamped.
double DegreeOfSaturation(double water_content, double porosity);

/// Field capacity less wilting point.
double PlantAvailableWater(double field_capacity, double wilting_point);

/// Soil Water Deficit Index 10 (theta - FC) / (FC - WP): 0 no deficit, -10 at the wilting point
/// (Martinez-Fernandez et al. 2015, Agricultural Water Management 158:19). Field capacity > wilting
/// point.
double SoilWaterDeficitIndex(double water_content, double field_capacity, double wilting_point);

/// A water content at a depth in metres, positive down.
struct DepthWater {
    double depth;
    double water_content;
};

/// Water stored in the profile in mm, by the trapezoid rule from the first to the last depth; 0 for
/// one depth. kBadInput for none, or where depths do not rise.
Result<double> ProfileStorage(std::span<const DepthWater> profile);

}  // namespace tilth::soil
