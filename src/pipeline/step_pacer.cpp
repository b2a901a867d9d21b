#include "pipeline/step_pacer.h"

#include <algorithm>

namespace tilth::pipeline {

void StepPacer::Note(std::chrono::steady_clock::duration took, bool is_full) {
    const double used =
        std::chrono::duration<double>(took) / std::chrono::duration<double>(target_);
    if (used > 1) {
        share_ /= used;
    } else if (is_full && used < 0.5) {
        share_ *= 2;
    }
    share_ = std::clamp(share_, kLeastShare, 1.0);
    const auto part = [this](size_t of) {
        return std::max<size_t>(1, static_cast<size_t>(static_cast<double>(of) * share_));
    };
    limits_.records = part(most_.records);
    limits_.readings = part(most_.readings);
}

}  // namespace tilth::pipeline
