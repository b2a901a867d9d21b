#include "soil/permittivity.h"

#include <array>
#include <cmath>
#include <ranges>

namespace tilth::soil {
namespace {

constexpr std::array kTopp{-5.3e-2, 2.92e-2, -5.5e-4, 4.3e-6};
constexpr std::array kTeros12Soilless{-10.848, 1.302e-2, -5.105e-6, 6.771e-10};
constexpr std::array kTeros12RootPermittivity{-43.39, 5.276e-2, -2.08e-5, 2.887e-9};
constexpr std::array kGs3{-7.53e-2, 3.67e-2, -7.62e-4, 5.89e-6};
constexpr std::array kTenHs{-1.92, 6.69e-3, -7.37e-6, 2.97e-9};
constexpr std::array kCs616{-0.0663, -0.0063, 0.0007};
constexpr std::array kCs616Temperature{0.526, -0.052, 0.00136};

}  // namespace

double Polynomial(std::span<const double> ascending, double x) {
    double value = 0.0;
    for (const double coefficient : ascending | std::views::reverse)
        value = value * x + coefficient;
    return value;
}

double ToppWaterContent(double permittivity) {
    return Polynomial(kTopp, permittivity);
}

double Teros12MineralWaterContent(double counts) {
    return 3.879e-4 * counts - 0.6956;
}

double Teros12SoillessWaterContent(double counts) {
    return Polynomial(kTeros12Soilless, counts);
}

double Teros12Permittivity(double counts) {
    const double root = Polynomial(kTeros12RootPermittivity, counts);
    return root * root;
}

double Teros12Counts(double permittivity) {
    // Newton's method on the square root. The slope of the cubic is positive everywhere, and from
    // the lower or upper end of the sensor's range it converges in a few steps.
    const double root = std::sqrt(permittivity);
    const auto& c = kTeros12RootPermittivity;
    double counts = root < 5.0 ? 1600.0 + 260.0 * root : 3200.0 + 80.0 * (root - 5.0);
    for (int i = 0; i < 40; ++i) {
        const double slope = c[1] + counts * (2.0 * c[2] + 3.0 * counts * c[3]);
        const double step = (Polynomial(c, counts) - root) / slope;
        counts -= std::fmax(-400.0, std::fmin(400.0, step));
        if (std::fabs(step) < 1e-9) break;
    }
    return counts;
}

double Gs3WaterContent(double permittivity) {
    return Polynomial(kGs3, permittivity);
}

double TenHsWaterContent(double millivolts) {
    return Polynomial(kTenHs, millivolts);
}

double HydraProbeLoamWaterContent(double real_permittivity) {
    return 0.109 * std::sqrt(real_permittivity) - 0.179;
}

double Cs616PeriodAt20(double period, double temperature) {
    return period + (20.0 - temperature) * Polynomial(kCs616Temperature, period);
}

double Cs616WaterContent(double period_at_20) {
    return Polynomial(kCs616, period_at_20);
}

}  // namespace tilth::soil
