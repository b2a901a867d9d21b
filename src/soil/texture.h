// The twelve texture classes of the USDA and their mean hydraulic properties.
#pragma once

#include "base/result.h"
#include "soil/retention.h"

#include <span>
#include <string_view>

namespace tilth::soil {

/// One class and its means (Carsel & Parrish 1988, Water Resources Research 24:755).
struct TextureClass {
    std::string_view name;          ///< For example "sandy loam".
    VanGenuchten retention;         ///< alpha in 1/kPa, converted from the source's 1/cm.
    double saturated_conductivity;  ///< Ks in mm/h, converted from the source's cm/d.
};

/// All twelve, from sand to clay.
std::span<const TextureClass> TextureClasses();

/// The class of that name ("loam", "silty clay loam"); kBadInput lists the nearest for any other.
Result<TextureClass> FindTextureClass(std::string_view name);

}  // namespace tilth::soil
