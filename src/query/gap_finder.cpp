#include "query/gap_finder.h"

#include <algorithm>
#include <span>

namespace tilth::query {
namespace {

/// Of up to five.
Duration Median(std::span<const Duration> spacings) {
    std::array<Duration, 5> sorted{};
    const auto end = std::ranges::copy(spacings, sorted.begin()).out;
    std::sort(sorted.begin(), end);
    return sorted[(spacings.size() - 1) / 2];
}

}  // namespace

void GapFinder::Add(Time time) {
    if (!last_) {
        last_ = time;
        return;
    }
    const Duration spacing = time - *last_;
    for (Candidate& candidate : open_) candidate.after[candidate.count++] = spacing;
    while (!open_.empty() && open_.front().count == kSpacings) {
        Decide(open_.front());
        open_.erase(open_.begin());
    }
    const std::span before = std::span(before_).first(count_);
    if (count_ == 0 || spacing > kTimesSpacing * Median(before))
        open_.push_back({{*last_, time}, before.empty() ? Duration{} : before.back()});
    if (count_ == kSpacings) {
        std::shift_left(before_.begin(), before_.end(), 1);
        before_.back() = spacing;
    } else {
        before_[count_++] = spacing;
    }
    last_ = time;
}

void GapFinder::Decide(const Candidate& candidate) {
    const std::span after = std::span(candidate.after).first(candidate.count);
    const Duration length = candidate.gap.to - candidate.gap.from;
    const Duration around = after.empty() ? candidate.previous : Median(after);
    if (length > kTimesSpacing * around) gaps_.push_back(candidate.gap);
}

std::vector<GapFinder::Gap> GapFinder::Take() {
    for (const Candidate& candidate : open_) {
        // Two readings alone have nothing to compare their distance with.
        const bool is_alone = candidate.count == 0 && count_ == 1;
        if (!is_alone) Decide(candidate);
    }
    open_.clear();
    return std::move(gaps_);
}

std::optional<Duration> GapFinder::Limit() const {
    if (count_ == 0) return std::nullopt;
    return kTimesSpacing * Median(std::span(before_).first(count_));
}

}  // namespace tilth::query
