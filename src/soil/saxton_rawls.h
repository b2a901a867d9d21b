// Water contents of a soil from its texture, by the regressions of Saxton & Rawls.
#pragma once

#include "base/result.h"

namespace tilth::soil {

/// What the equations give; water contents in m3/m3.
struct SaxtonRawls {
    double wilting_point;   ///< At -1500 kPa.
    double field_capacity;  ///< At -33 kPa.
    double saturation;      ///< At 0 kPa: the saturation point of the ISMN test C03.
    double a;               ///< psi = -a theta^-b in kPa, between -33 and -1500 kPa.
    double b;
};

/// Sand and clay as fractions of the mineral soil, organic matter in mass %, without the
/// corrections for density, gravel and salinity (Saxton & Rawls 2006, Soil Science Society of
/// America Journal 70:1569, equations 1 to 5, 14 and 15). kBadInput outside sand + clay <= 1 and
/// organic matter 0 to 8 %, the range of the source, and where the regressions leave their order
/// saturation > field capacity > wilting point > 0.
Result<SaxtonRawls> EstimateSaxtonRawls(double sand, double clay, double organic_matter_percent);

/// The same soil at a bulk density in g/cm3 (0 to 2.65, exclusive) that was measured (equations 7
/// to 9 of the source, particle density 2.65): saturation 1 - density / 2.65, field capacity moved
/// by a fifth of the change.
SaxtonRawls AtBulkDensity(SaxtonRawls soil, double bulk_density);

/// Organic matter from organic carbon, both in mass % (factor 1.724, van Bemmelen).
constexpr double OrganicMatterOfCarbon(double organic_carbon_percent) {
    return 1.724 * organic_carbon_percent;
}

}  // namespace tilth::soil
