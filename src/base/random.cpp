#include "base/random.h"

#include <cmath>
#include <numbers>

namespace tilth {

double Random::Normal() {
    const double u = 1.0 - Uniform();  // in (0, 1], so that the logarithm is finite
    const double v = Uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace tilth
