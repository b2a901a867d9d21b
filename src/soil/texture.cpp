#include "soil/texture.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tilth::soil {
namespace {

/// A row as printed in the source: theta_r, theta_s, alpha 1/cm, n, Ks cm/d.
constexpr TextureClass Row(
    std::string_view name,
    double theta_r,
    double theta_s,
    double alpha_per_cm,
    double n,
    double ks_cm_per_day
) {
    return {
        name,
        {theta_r, theta_s, alpha_per_cm * kCentimetrePerKilopascal, n},
        ks_cm_per_day * 10.0 / 24.0};
}

constexpr std::array kClasses{
    Row("sand", .045, .43, .145, 2.68, 712.8),
    Row("loamy sand", .057, .41, .124, 2.28, 350.2),
    Row("sandy loam", .065, .41, .075, 1.89, 106.1),
    Row("loam", .078, .43, .036, 1.56, 24.96),
    Row("silt", .034, .46, .016, 1.37, 6.0),
    Row("silt loam", .067, .45, .020, 1.41, 10.8),
    Row("sandy clay loam", .100, .39, .059, 1.48, 31.44),
    Row("clay loam", .095, .41, .019, 1.31, 6.24),
    Row("silty clay loam", .089, .43, .010, 1.23, 1.68),
    Row("sandy clay", .100, .38, .027, 1.23, 2.88),
    Row("silty clay", .070, .36, .005, 1.09, 0.48),
    Row("clay", .068, .38, .008, 1.09, 4.8),
};

}  // namespace

std::span<const TextureClass> TextureClasses() {
    return kClasses;
}

Result<TextureClass> FindTextureClass(std::string_view name) {
    const auto* const found = std::ranges::find(kClasses, name, &TextureClass::name);
    if (found != kClasses.end()) return *found;
    std::vector<std::string_view> names;
    names.reserve(kClasses.size());
    for (const TextureClass& known : kClasses) names.push_back(known.name);
    const std::string_view closest = Closest(name, names);
    return Fail(
        Fault::kBadInput,
        "\"{}\" is no USDA texture class; did you mean \"{}\"?",
        Printable(name),
        closest.empty() ? std::string_view("loam") : closest
    );
}

}  // namespace tilth::soil
