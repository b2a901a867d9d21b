#include "soil/zl6.h"

#include "soil/permittivity.h"

#include <cmath>
#include <limits>

namespace tilth::soil {
namespace {

/// 1 cm of water in kPa, with the digits the vendor uses.
constexpr double kKilopascalPerCentimetre = 0.09799310128566949;

double ErrorToNan(double counts) {
    return counts == kZl6ErrorCounts ? std::numeric_limits<double>::quiet_NaN() : counts;
}

}  // namespace

double Zl6WaterContent(double counts) {
    return Teros12MineralWaterContent(ErrorToNan(counts) / 10.0);
}

double Zl6Temperature(double counts) {
    return (ErrorToNan(counts) - 5000.0) / 100.0;
}

double Zl6BulkEc(double counts) {
    return counts == 0.0 ? 0.0 : std::pow(10.0, ErrorToNan(counts) / 1000.0) / 1000.0;
}

double Zl6MatricPotential(double counts) {
    return -kKilopascalPerCentimetre * std::pow(10.0, ErrorToNan(counts) / 10000.0);
}

}  // namespace tilth::soil
