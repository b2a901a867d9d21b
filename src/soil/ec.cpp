#include "soil/ec.h"

#include <limits>

namespace tilth::soil {
namespace {

/// Permittivity at which bulk conductivity vanishes, mineral soil (Hilhorst 2000).
constexpr double kOffsetPermittivity = 4.1;

}  // namespace

double WaterPermittivity(double temperature) {
    return 80.3 - 0.37 * (temperature - 20.0);
}

double PoreWaterEc(double bulk_ec, double bulk_permittivity, double temperature) {
    if (!(bulk_permittivity > kOffsetPermittivity)) return std::numeric_limits<double>::quiet_NaN();
    return WaterPermittivity(temperature) * bulk_ec / (bulk_permittivity - kOffsetPermittivity);
}

double BulkEcOfPoreWater(double pore_water_ec, double bulk_permittivity, double temperature) {
    if (bulk_permittivity <= kOffsetPermittivity) return 0.0;
    return pore_water_ec * (bulk_permittivity - kOffsetPermittivity) /
           WaterPermittivity(temperature);
}

double SaturationExtractEc(double pore_water_ec, double water_content, double porosity) {
    return pore_water_ec * water_content / porosity;
}

double EcAt25(double ec, double temperature, double slope) {
    return ec / (1.0 + slope * (temperature - 25.0));
}

}  // namespace tilth::soil
