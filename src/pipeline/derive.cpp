#include "pipeline/derive.h"

#include "soil/balance.h"
#include "soil/retention.h"
#include "soil/texture.h"

namespace tilth::pipeline {
namespace {

constexpr std::string_view kMatricPotential = "matric_potential";
constexpr std::string_view kDegreeOfSaturation = "degree_of_saturation";

}  // namespace

Status CompleteDerivation(Derivation& d) {
    if (!d.texture.empty()) {
        TILTH_TRY(const soil::TextureClass texture, soil::FindTextureClass(d.texture));
        d.theta_r = texture.retention.theta_r;
        d.theta_s = texture.retention.theta_s;
        d.alpha = texture.retention.alpha;
        d.n = texture.retention.n;
    }
    const auto fail = [&d](std::string_view what) {
        return Fail(Fault::kBadInput, "derived datastream {}: {}", d.datastream.name, what);
    };
    if (d.kind != kMatricPotential && d.kind != kDegreeOfSaturation) {
        return fail(fmt::format(
            "unknown kind \"{}\"; known are {}, {}", d.kind, kMatricPotential, kDegreeOfSaturation
        ));
    }
    if (!(d.theta_s > d.theta_r && d.theta_r >= 0 && d.theta_s <= 1)) {
        return fail(
            "theta_r and theta_s must be water contents in m3/m3 with 0 <= theta_r < theta_s <= 1"
        );
    }
    if (d.kind == kMatricPotential && !(d.alpha > 0 && d.n > 1))
        return fail("alpha must be above 0 and n above 1");
    return {};
}

void Derive(
    const Derivation& derivation, std::span<const Observation> source, std::vector<Observation>& out
) {
    const soil::VanGenuchten curve{
        derivation.theta_r, derivation.theta_s, derivation.alpha, derivation.n};
    const bool is_matric = derivation.kind == kMatricPotential;
    out.reserve(out.size() + source.size());
    for (const Observation& row : source) {
        Observation& derived = out.emplace_back(row);
        derived.raw_value = row.value;
        derived.value = is_matric ? curve.MatricPotential(row.value)
                                  : soil::DegreeOfSaturation(row.value, derivation.theta_s);
        if (!std::isfinite(derived.value)) {
            derived.value = std::numeric_limits<double>::quiet_NaN();
            derived.flag = QualityFlag::kMissing;
        }
    }
}

}  // namespace tilth::pipeline
