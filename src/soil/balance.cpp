#include "soil/balance.h"

namespace tilth::soil {

double DegreeOfSaturation(double water_content, double porosity) {
    return water_content / porosity;
}

double PlantAvailableWater(double field_capacity, double wilting_point) {
    return field_capacity - wilting_point;
}

double SoilWaterDeficitIndex(double water_content, double field_capacity, double wilting_point) {
    return 10.0 * (water_content - field_capacity) /
           PlantAvailableWater(field_capacity, wilting_point);
}

Result<double> ProfileStorage(std::span<const DepthWater> profile) {
    if (profile.empty()) return Fail(Fault::kBadInput, "a profile needs at least one depth");
    double metres = 0.0;
    for (size_t i = 1; i < profile.size(); ++i) {
        const double thickness = profile[i].depth - profile[i - 1].depth;
        if (!(thickness > 0.0)) {
            return Fail(
                Fault::kBadInput,
                "depths must rise; {} m follows {} m",
                profile[i].depth,
                profile[i - 1].depth
            );
        }
        metres += 0.5 * (profile[i].water_content + profile[i - 1].water_content) * thickness;
    }
    return metres * 1000.0;
}

}  // namespace tilth::soil
