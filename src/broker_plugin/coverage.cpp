#include "broker_plugin/coverage.h"

#include <algorithm>

namespace tilth::broker_plugin {

std::optional<Mark> Coverage::Look(Time now, uint64_t last, bool is_saved) noexcept {
    std::optional<Mark> saved;
    for (size_t i = sample_count_ - std::min(sample_count_, kSamples); i < sample_count_; ++i) {
        const Sample& sample = samples_[i % kSamples];
        if (sample.at + hold_ <= now) settled_ = std::max(settled_, sample.last);
    }
    if (is_saved) saved = Mark{at_last_look_, std::min(settled_, at_last_look_)};
    at_last_look_ = last;

    const bool is_due = sample_count_ == 0 ||
                        samples_[(sample_count_ - 1) % kSamples].at + hold_ / (kSamples / 2) <= now;
    if (is_due) samples_[sample_count_++ % kSamples] = {now, last};
    return saved;
}

}  // namespace tilth::broker_plugin
