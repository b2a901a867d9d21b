// Electrical conductivity of soil: from the bulk value that a probe measures to that of its water.
//
// All conductivities share one unit, that of the input (mS/cm = dS/m as a rule). Pure, thread-safe.
#pragma once

namespace tilth::soil {

/// Real permittivity of water at a temperature in degC: 80.3 at 20, less 0.37 a degree.
double WaterPermittivity(double temperature);

/// Conductivity of pore water (Hilhorst 2000, Soil Science Society of America Journal 64:1922):
/// eps_p sigma_b / (eps - 4.1), for mineral soil. Bulk permittivity must be above 4.1, else NaN;
/// the source advises against its use below a VWC of 0.10.
double PoreWaterEc(double bulk_ec, double bulk_permittivity, double temperature);

/// The bulk conductivity that gives `pore_water_ec` by PoreWaterEc; 0 for a permittivity of 4.1 or
/// less.
double BulkEcOfPoreWater(double pore_water_ec, double bulk_permittivity, double temperature);

/// Conductivity of the saturation extract: that of the pore water diluted to a full pore space
/// (METER, ZENTRA Cloud). Water content and porosity in m3/m3, porosity > 0.
double SaturationExtractEc(double pore_water_ec, double water_content, double porosity);

/// The porosity that METER's software assumes: bulk density 1.4 g/cm3, particle density 2.65 g/cm3.
constexpr double kMeterPorosity = 1.0 - 1.4 / 2.65;

/// Conductivity at 25 degC: EC / (1 + slope (T - 25)); slope 0.02 a degree, 0.019 in some METER
/// texts.
double EcAt25(double ec, double temperature, double slope = 0.02);

}  // namespace tilth::soil
