// Soil temperature at a depth: every wave of the air's temperature, damped and delayed as in
// soil/thermal.h.
#pragma once

#include "base/time.h"
#include "field/weather.h"

namespace tilth::field {

/// How the ground of one place takes up heat.
struct GroundHeat {
    double diffusivity;   ///< m2/s, 2e-7 (peat, clay) to 9e-7 (sand).
    double daily_factor;  ///< Daily wave at the surface over that of the air: < 1 under plants, > 1
                          ///< if bare.
    double offset;        ///< Warmer than the air's yearly mean by this, degC.
};

/// Temperature in degC at a depth in metres, positive down. The yearly, weekly and daily waves are
/// each damped by their own damping depth; a freezing soil cools at 0.35 of the rate, for the heat
/// its freezing water gives off and the snow on it (the "zero curtain"). Pure, thread-safe.
double GroundTemperature(const Weather& weather, const GroundHeat& ground, double depth, Time t);

}  // namespace tilth::field
