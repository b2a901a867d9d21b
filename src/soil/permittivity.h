// From what a dielectric probe measures to volumetric water content (VWC, m3/m3).
//
// Every function is a published polynomial, evaluated as it stands: nothing is clamped, so that a
// value outside the physical range stays visible to quality control. NaN in, NaN out. Pure,
// thread-safe.
#pragma once

#include <span>

namespace tilth::soil {

/// c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule; 0 for no coefficients.
double Polynomial(std::span<const double> ascending, double x);

/// VWC of mineral soil from apparent permittivity, 1 to about 60 (Topp, Davis & Annan 1980, Water
/// Resources Research 16:574). The METER 5TM and 5TE use it with permittivity = raw / 50.
double ToppWaterContent(double permittivity);

/// VWC of mineral soil from TEROS 11/12 calibrated counts, about 1800 to 3350 (METER manual; 0.70
/// at most).
double Teros12MineralWaterContent(double counts);
/// VWC of soilless media from TEROS 11/12 calibrated counts (METER manual).
double Teros12SoillessWaterContent(double counts);
/// Apparent permittivity from TEROS 11/12 calibrated counts (METER manual); rises over the whole
/// range.
double Teros12Permittivity(double counts);
/// The counts at which Teros12Permittivity gives `permittivity` (>= 1, < 81); accurate to 1e-9
/// counts.
double Teros12Counts(double permittivity);

/// VWC from the apparent permittivity of a GS3 in soilless media (METER manual).
double Gs3WaterContent(double permittivity);
/// VWC of mineral soil from the output of a 10HS in mV, about 300 to 1200 (METER manual).
double TenHsWaterContent(double millivolts);
/// VWC of loam from the real permittivity of a Hydra Probe (Seyfried et al. 2005, Vadose Zone
/// Journal, doi 10.2136/vzj2004.0148). NaN below 0.
double HydraProbeLoamWaterContent(double real_permittivity);

/// Period of a CS616/CS625 in microseconds (14 to 42), corrected to 20 degC (Campbell Scientific
/// manual); soil temperature in degC, 10 to 40.
double Cs616PeriodAt20(double period, double temperature);
/// VWC from a CS616/CS625 period in microseconds at 20 degC, standard quadratic (Campbell
/// Scientific manual).
double Cs616WaterContent(double period_at_20);

}  // namespace tilth::soil
