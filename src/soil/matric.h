// Matric potential in kPa (0 at saturation, negative when dry) from the raw values of two common
// probes. Pure, thread-safe.
#pragma once

namespace tilth::soil {

/// TEROS 21 as a Decentlab DL-TRS21 sends it: tenths of kPa of suction. (On a ZL6 logger: zl6.h.)
double DecentlabTeros21MatricPotential(double raw);

/// Watermark 200SS from its resistance in kOhm and the soil temperature in degC (Shock, Barnum &
/// Seddigh 1998 for 1 to 8 kOhm; Irrometer's equations elsewhere; the pieces meet within 1.5 kPa).
/// Given here as a potential, <= 0, whatever the sign in the source. Below 0.55 kOhm 0; NaN above
/// 35 kOhm, which is an open circuit, and for a negative resistance.
double WatermarkMatricPotential(double kiloohm, double temperature);

}  // namespace tilth::soil
