#include "field/soil_column.h"

#include "base/random.h"
#include "field/noise.h"

#include <algorithm>
#include <cmath>

namespace tilth::field {
namespace {

constexpr std::array<double, kLayers> kRoots{0.40, 0.35, 0.20, 0.05};
constexpr std::array<std::string_view, 6> kTextures{
    "loam", "sandy loam", "silt loam", "sandy loam", "clay loam", "loamy sand"};
constexpr double kMeltPerDegreeHour = 0.12;  // mm
constexpr double kSnowLine = 0.5;            // degC
constexpr double kInfiltrationOverKs = 3.0;

Layer MakeLayer(const soil::TextureClass& texture, size_t depth, Random& random) {
    const double below = depth == 0 ? 0.0 : 1.0;  // Subsoil is denser and slower.
    soil::VanGenuchten curve = texture.retention;
    curve.theta_s += 0.02 * random.Uniform(-1.0, 1.0) - 0.02 * below;
    curve.theta_r += 0.008 * random.Uniform(-1.0, 1.0);
    curve.alpha *= std::exp(0.25 * random.Uniform(-1.0, 1.0));
    curve.n = 1.0 + (curve.n - 1.0) * (1.0 + 0.08 * random.Uniform(-1.0, 1.0));
    const double ks =
        texture.saturated_conductivity * std::exp(0.5 * random.Uniform(-1.0, 1.0) - 0.4 * below);
    return {
        curve,
        ks,
        3.0 + 2.0 / (curve.n - 1.0),
        curve.WaterContent(-33.0),
        curve.WaterContent(-1500.0)};
}

/// Water that leaves a layer by gravity in an hour, m3/m3: ds/dt = -(Ks / (z range)) S^b.
double Drained(const Layer& layer, double thickness, double theta) {
    const double range = layer.retention.theta_s - layer.retention.theta_r;
    const double s = (theta - layer.retention.theta_r) / range;
    if (s <= 0.05) return 0.0;
    const double k = layer.saturated_conductivity * 1e-3 / (thickness * range);
    const double b = layer.exponent;
    const double slowed = 1.0 + (b - 1.0) * k * std::pow(s, b - 1.0);
    return range * s * (1.0 - std::pow(slowed, -1.0 / (b - 1.0)));
}

/// Rain and melt that reach the soil, mm.
double FromSky(const HourForcing& hour, SoilWater& water) {
    if (hour.air_temperature < kSnowLine) {
        water.snow += hour.rain;
        return 0.0;
    }
    const double melt = std::min(water.snow, kMeltPerDegreeHour * hour.air_temperature);
    water.snow -= melt;
    return hour.rain + melt;
}

/// Adds metres of water to the layers from the top down, each to saturation; what does not fit runs
/// off.
void Fill(const SoilColumn& column, double metres, SoilWater& water) {
    for (size_t i = 0; i < kLayers && metres > 0.0; ++i) {
        const double room =
            (column.layers[i].retention.theta_s - water.theta[i]) * kLayerThickness[i];
        const double taken = std::clamp(metres, 0.0, room);
        water.theta[i] += taken / kLayerThickness[i];
        metres -= taken;
    }
}

void Drain(const SoilColumn& column, SoilWater& water) {
    double above = 0.0;  // m of water on its way down
    for (size_t i = 0; i < kLayers; ++i) {
        const double thickness = kLayerThickness[i];
        const double out = Drained(column.layers[i], thickness, water.theta[i]) * thickness;
        water.theta[i] += (above - out) / thickness;
        above = out;
        // A layer that cannot take it all sends it back up.
        for (size_t j = i; water.theta[j] > column.layers[j].retention.theta_s; --j) {
            const double excess =
                (water.theta[j] - column.layers[j].retention.theta_s) * kLayerThickness[j];
            water.theta[j] = column.layers[j].retention.theta_s;
            if (j == 0) break;
            water.theta[j - 1] += excess / kLayerThickness[j - 1];
        }
    }
}

void Evaporate(const SoilColumn& column, const HourForcing& hour, SoilWater& water) {
    if (water.snow > 1.0 || hour.potential_evaporation <= 0.0) return;
    const double leaves = 0.15 + 0.85 * hour.summer;
    const double transpired = hour.potential_evaporation * column.plant_cover * leaves * 1e-3;  // m
    const double evaporated = hour.potential_evaporation * 0.25 * (1.0 - 0.6 * hour.summer) * 1e-3;
    for (size_t i = 0; i < kLayers; ++i) {
        const Layer& layer = column.layers[i];
        const double available = water.theta[i] - layer.wilting_point;
        // Roots take at full rate down to half of the available water (FAO-56, p = 0.5).
        const double stress =
            std::clamp(available / (0.5 * (layer.field_capacity - layer.wilting_point)), 0.0, 1.0);
        double taken = transpired * kRoots[i] * stress / kLayerThickness[i];
        taken = std::min(taken, std::max(available, 0.0));
        if (i == 0) {
            const double s = layer.retention.EffectiveSaturation(water.theta[i]);
            taken += evaporated * std::clamp(1.5 * s * s, 0.0, 1.0) / kLayerThickness[i];
        }
        water.theta[i] = std::max(water.theta[i] - taken, layer.retention.theta_r + 1e-6);
    }
}

}  // namespace

SoilColumn MakeColumn(uint64_t seed, uint64_t index) {
    Random random(Draw(seed, Stream::kColumn, index));
    SoilColumn column{};
    column.texture = kTextures[index % kTextures.size()];
    const soil::TextureClass texture = soil::FindTextureClass(column.texture).value();
    for (size_t i = 0; i < kLayers; ++i) column.layers[i] = MakeLayer(texture, i, random);
    column.heat = {
        random.Uniform(3.5e-7, 6.5e-7), random.Uniform(0.7, 1.1), random.Uniform(0.3, 1.3)};
    column.plant_cover = random.Uniform(0.5, 0.8);
    column.pore_ec = random.Uniform(1.2, 3.2);
    return column;
}

SoilWater InitialWater(const SoilColumn& column) {
    SoilWater water{};
    for (size_t i = 0; i < kLayers; ++i) water.theta[i] = column.layers[i].field_capacity;
    return water;
}

void StepWater(const SoilColumn& column, const HourForcing& hour, SoilWater& water) {
    const double limit = kInfiltrationOverKs * column.layers[0].saturated_conductivity;
    const double infiltrating = std::min(FromSky(hour, water), limit);
    if (infiltrating > 0.0) Fill(column, infiltrating * 1e-3, water);
    Drain(column, water);
    Evaporate(column, hour, water);
}

double PriestleyTaylor(double radiation, double air_temperature) {
    const double net = 0.77 * radiation - 45.0;
    if (net <= 0.0) return 0.0;
    const double t = air_temperature;
    // Slope of the vapour pressure curve (FAO-56 equation 13), kPa a degree; psychrometric constant
    // 0.066.
    const double slope =
        4098.0 * 0.6108 * std::exp(17.27 * t / (t + 237.3)) / ((t + 237.3) * (t + 237.3));
    const double latent_heat = 2.45e6;  // J/kg
    return 1.26 * slope / (slope + 0.066) * net / latent_heat * 3600.0;
}

double LiquidWater(const soil::VanGenuchten& retention, double water_content, double temperature) {
    if (temperature >= 0.0) return water_content;
    return std::min(water_content, retention.WaterContent(1222.0 * temperature));
}

}  // namespace tilth::field
