#include "soil/retention.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tilth::soil {

double VanGenuchten::WaterContent(double matric_potential) const {
    if (matric_potential >= 0.0) return theta_s;
    const double m = 1.0 - 1.0 / n;
    return theta_r +
           (theta_s - theta_r) * std::pow(1.0 + std::pow(-alpha * matric_potential, n), -m);
}

double VanGenuchten::MatricPotential(double water_content) const {
    const double s = EffectiveSaturation(water_content);
    if (s >= 1.0) return 0.0;
    if (s <= 0.0) return -std::numeric_limits<double>::infinity();
    const double m = 1.0 - 1.0 / n;
    return -std::pow(std::pow(s, -1.0 / m) - 1.0, 1.0 / n) / alpha;
}

double VanGenuchten::EffectiveSaturation(double water_content) const {
    return (water_content - theta_r) / (theta_s - theta_r);
}

double VanGenuchten::RelativeConductivity(double effective_saturation) const {
    const double s = std::clamp(effective_saturation, 0.0, 1.0);
    const double m = 1.0 - 1.0 / n;
    const double inner = 1.0 - std::pow(1.0 - std::pow(s, 1.0 / m), m);
    return std::sqrt(s) * inner * inner;
}

}  // namespace tilth::soil
