#include "model/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tilth {
namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}

Moments MomentsOf(std::span<const double> values) {
    if (values.empty()) return {kNaN, kNaN};
    const auto n = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    const double mean = sum / n;
    if (values.size() < 2) return {mean, kNaN};
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, std::sqrt(squares / (n - 1))};
}

double QuantileOf(std::span<double> values, double p) {
    if (values.empty()) return kNaN;
    const double place = p * static_cast<double>(values.size() - 1);
    const auto low = static_cast<size_t>(place);
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(low);
    std::nth_element(values.begin(), nth, values.end());
    const double at = *nth;
    const double fraction = place - static_cast<double>(low);
    if (fraction == 0) return at;
    return at + fraction * (*std::min_element(nth + 1, values.end()) - at);
}

}  // namespace tilth
