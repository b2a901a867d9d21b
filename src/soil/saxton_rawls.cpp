#include "soil/saxton_rawls.h"

#include <cmath>

namespace tilth::soil {
namespace {

constexpr double kParticleDensity = 2.65;  // g/cm3

/// Fits psi = -a theta^-b to the two points of the soil.
void FitTension(SaxtonRawls& soil) {
    soil.b = (std::log(1500.0) - std::log(33.0)) /
             (std::log(soil.field_capacity) - std::log(soil.wilting_point));
    soil.a = std::exp(std::log(33.0) + soil.b * std::log(soil.field_capacity));
}

}  // namespace

Result<SaxtonRawls> EstimateSaxtonRawls(double sand, double clay, double organic_matter_percent) {
    const double s = sand;
    const double c = clay;
    const double om = organic_matter_percent;
    if (!(s >= 0.0 && c >= 0.0 && s + c <= 1.0 && om >= 0.0 && om <= 8.0)) {
        return Fail(
            Fault::kBadInput,
            "texture sand {} clay {} organic matter {} % is outside the regressions' range; "
            "expected fractions "
            "that add up to at most 1, and 0 to 8 %",
            s,
            c,
            om
        );
    }
    const double wilting =
        -.024 * s + .487 * c + .006 * om + .005 * s * om - .013 * c * om + .068 * s * c + .031;
    const double capacity =
        -.251 * s + .195 * c + .011 * om + .006 * s * om - .027 * c * om + .452 * s * c + .299;
    const double above =
        .278 * s + .034 * c + .022 * om - .018 * s * om - .027 * c * om - .584 * s * c + .078;

    SaxtonRawls result{};
    result.wilting_point = wilting + (.14 * wilting - .02);
    result.field_capacity = capacity + 1.283 * capacity * capacity - .374 * capacity - .015;
    result.saturation = result.field_capacity + (above + .636 * above - .107) - .097 * s + .043;
    if (!(result.wilting_point > 0.0 && result.field_capacity > result.wilting_point &&
          result.saturation > result.field_capacity)) {
        return Fail(
            Fault::kBadInput,
            "the regressions do not hold for sand {} clay {} organic matter {} %",
            s,
            c,
            om
        );
    }
    FitTension(result);
    return result;
}

SaxtonRawls AtBulkDensity(SaxtonRawls soil, double bulk_density) {
    const double saturation = 1.0 - bulk_density / kParticleDensity;
    soil.field_capacity -= 0.2 * (soil.saturation - saturation);
    soil.saturation = saturation;
    FitTension(soil);
    return soil;
}

}  // namespace tilth::soil
