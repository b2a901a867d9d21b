// Raw counts of a METER ZL6 logger to the values that the vendor computes from them.
//
// Source: the vendor's own raw and processed columns; the formulas reproduce 1.49 million published
// values (see zl6_test.cpp). A logger writes 65534 where a probe reported an error: every function
// gives NaN for it, since it is no measurement. Pure, thread-safe.
#pragma once

namespace tilth::soil {

/// What a ZL6 writes instead of counts when a probe reports an error.
constexpr double kZl6ErrorCounts = 65534;

/// TEROS 11/12 VWC in m3/m3; the logger keeps ten times the probe's calibrated counts.
double Zl6WaterContent(double counts);
/// Temperature in degC: hundredths, shifted by 50 degC.
double Zl6Temperature(double counts);
/// Bulk electrical conductivity in mS/cm; counts are 1000 log10(uS/cm), and 0 means below
/// detection: 0 mS/cm.
double Zl6BulkEc(double counts);
/// TEROS 21 matric potential in kPa (<= 0); counts are 10^4 pF, and 0 is the wet end, -0.098 kPa.
double Zl6MatricPotential(double counts);

}  // namespace tilth::soil
