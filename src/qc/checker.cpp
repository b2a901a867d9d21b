#include "qc/checker.h"

#include <algorithm>

namespace tilth::qc {
namespace {

Duration Sum(Duration a, Duration b) {
    return std::min(a + b, kAnyDistance);  // both are at most kAnyDistance
}

Reach Widest(const Reach& a, const Reach& b) {
    return {
        std::max(a.back, b.back),
        std::max(a.rows_back, b.rows_back),
        std::max(a.ahead, b.ahead),
        std::max(a.rows_ahead, b.rows_ahead),
    };
}

/// A level sees through the levels below it, so reaches of levels add up.
Reach TotalReach(const std::vector<std::unique_ptr<const WindowTest>>& windows) {
    Reach total;
    for (size_t i = 0; i < windows.size();) {
        Reach widest;
        const int level = windows[i]->level();
        for (; i < windows.size() && windows[i]->level() == level; ++i) {
            widest = Widest(widest, windows[i]->reach());
        }
        total = {
            Sum(total.back, widest.back),
            total.rows_back + widest.rows_back,
            Sum(total.ahead, widest.ahead),
            total.rows_ahead + widest.rows_ahead,
        };
    }
    return total;
}

bool LowerLevel(const auto& a, const auto& b) {
    return a->level() < b->level();
}

}  // namespace

TimeRange DependentRange(TimeRange changed, const CompanionUse& use) {
    const bool open = changed.to > Time::max() - use.tolerance;
    return {changed.from, open ? Time::max() : changed.to + use.tolerance};
}

Checker::Checker(CheckerParts parts) : parts_(std::move(parts)) {
    std::ranges::stable_sort(parts_.windows, [](const auto& a, const auto& b) {
        return LowerLevel(a, b);
    });
    std::ranges::stable_sort(parts_.folds, [](const auto& a, const auto& b) {
        return LowerLevel(a, b);
    });
    reach_ = TotalReach(parts_.windows);
    const auto add = [this](const Test& test) {
        tests_.Add(static_cast<int>(test.number()));
        levels_ = std::max(levels_, test.level());
    };
    for (const auto& test : parts_.arrival) {
        add(*test);
        arrival_tests_.Add(static_cast<int>(test->number()));
    }
    for (const auto& test : parts_.windows) add(*test);
    for (const auto& test : parts_.folds) add(*test);
    if (parts_.conflict) tests_.Add(static_cast<int>(TestNumber::kConflict));
    for (int level = 0; level <= levels_; ++level) below_.push_back(Below(level));
}

TestSet Checker::Below(int level) const {
    TestSet below;
    if (level > 0) below = arrival_tests_;
    if (level > 0 && parts_.conflict) below.Add(static_cast<int>(TestNumber::kConflict));
    const auto add = [&](const Test& test) {
        if (test.level() < level) below.Add(static_cast<int>(test.number()));
    };
    for (const auto& test : parts_.windows) add(*test);
    for (const auto& test : parts_.folds) add(*test);
    return below;
}

}  // namespace tilth::qc
