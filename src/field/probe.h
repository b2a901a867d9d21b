// What probes in the soil see of it: permittivity to counts, with their errors.
#pragma once

#include "soil/retention.h"

#include <cstdint>

namespace tilth::field {

/// The soil around one probe.
struct Surroundings {
    const soil::VanGenuchten* retention;
    double water_content;  ///< Liquid and ice, m3/m3.
    double temperature;    ///< degC
    double pore_ec;        ///< At 25 degC, mS/cm.
};

/// How one probe differs from its data sheet.
struct ProbeTrait {
    double counts_offset;       ///< TEROS 12 counts; 25 are 0.01 m3/m3.
    double temperature_offset;  ///< degC
};

/// A TEROS 12 as its logger hears it.
struct ProbeReading {
    double counts;       ///< Calibrated counts, tenths.
    double temperature;  ///< degC, tenths.
    double bulk_ec;      ///< mS/cm, thousandths; 0 below detection.
};

/// Apparent permittivity by mixing square roots of solid, water, ice and air (complex refractive
/// index model, Roth et al. 1990; quartz 3.8, ice 3.2). Water's falls as it warms, and freezing
/// water all but disappears.
double ApparentPermittivity(const Surroundings& soil);

/// One reading; `chance` are the random bits of its noise. Pure, thread-safe.
ProbeReading SeeTeros12(const Surroundings& soil, const ProbeTrait& trait, uint64_t chance);

/// Matric potential in kPa, tenths, as a TEROS 21 gives it: of the liquid water, 1 % noise, -5 kPa
/// at the wet end (its ceramic's air entry) and -100000 at the dry.
double SeeTeros21(const Surroundings& soil, uint64_t chance);

}  // namespace tilth::field
