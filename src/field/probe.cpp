#include "field/probe.h"

#include "field/noise.h"
#include "field/soil_column.h"
#include "soil/ec.h"
#include "soil/permittivity.h"

#include <algorithm>
#include <cmath>

namespace tilth::field {
namespace {

constexpr double kRootOfSolid = 1.9493588689617927;  // sqrt(3.8)
constexpr double kRootOfIce = 1.7888543819998317;    // sqrt(3.2)
constexpr double kCountsNoise = 1.2;
constexpr double kTemperatureNoise = 0.03;

double RoundTo(double value, double per_unit) {
    return std::round(value * per_unit) / per_unit;
}

}  // namespace

double ApparentPermittivity(const Surroundings& soil) {
    const double porosity = soil.retention->theta_s;
    const double liquid = LiquidWater(*soil.retention, soil.water_content, soil.temperature);
    const double ice = soil.water_content - liquid;
    const double air = std::max(porosity - soil.water_content, 0.0);
    const double root = (1.0 - porosity) * kRootOfSolid + air + ice * kRootOfIce +
                        liquid * std::sqrt(soil::WaterPermittivity(soil.temperature));
    return root * root;
}

ProbeReading SeeTeros12(const Surroundings& soil, const ProbeTrait& trait, uint64_t chance) {
    const double permittivity = ApparentPermittivity(soil);
    ProbeReading reading{};
    const double counts = soil::Teros12Counts(permittivity) + trait.counts_offset;
    reading.counts = RoundTo(counts + kCountsNoise * Bell(chance), 10.0);
    const double noisy =
        soil.temperature + trait.temperature_offset + kTemperatureNoise * Bell(Mix64(chance + 1));
    reading.temperature = RoundTo(noisy, 10.0);
    const double pore_ec = soil.pore_ec * (1.0 + 0.02 * (soil.temperature - 25.0));
    const double bulk = soil::BulkEcOfPoreWater(pore_ec, permittivity, soil.temperature);
    reading.bulk_ec = RoundTo(std::max(0.0, bulk * (1.0 + 0.01 * Bell(Mix64(chance + 2)))), 1000.0);
    return reading;
}

double SeeTeros21(const Surroundings& soil, uint64_t chance) {
    const double liquid = LiquidWater(*soil.retention, soil.water_content, soil.temperature);
    const double suction = -soil.retention->MatricPotential(liquid) * (1.0 + 0.01 * Bell(chance));
    return -RoundTo(std::clamp(suction, 5.0, 100'000.0), 10.0);
}

}  // namespace tilth::field
