#include "soil/matric.h"

#include <limits>

namespace tilth::soil {

double DecentlabTeros21MatricPotential(double raw) {
    return -raw / 10.0;
}

double WatermarkMatricPotential(double kiloohm, double temperature) {
    const double r = kiloohm;
    const double warmth = 1.0 + 0.018 * (temperature - 24.0);
    if (!(r >= 0.0) || r > 35.0) return std::numeric_limits<double>::quiet_NaN();
    if (r < 0.55) return 0.0;
    if (r < 1.0) return -(r * 23.156 - 12.736) * warmth;
    if (r <= 8.0) return (-3.213 * r - 4.093) / (1.0 - 0.009733 * r - 0.01205 * temperature);
    return -2.246 - 5.239 * r * warmth - 0.06756 * r * r * warmth * warmth;
}

}  // namespace tilth::soil
