#include "qc/segment.h"

#include "qc/companions.h"
#include "qc/fold_codec.h"
#include "qc/series_rows.h"

#include <algorithm>
#include <cmath>

namespace tilth::qc {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void Segment::Build(const Checker& checker, std::span<const Observation> rows, size_t first_row) {
    time_.clear();
    value_.clear();
    raw_.clear();
    row_.clear();
    objected_.clear();
    not_evaluated_.clear();
    first_ = 0;
    const TestSet kept = KeptTests(checker);
    for (size_t i = 0; i < rows.size(); ++i) {
        const Observation& row = rows[i];
        if (!InSeries(row, checker)) continue;
        const bool context = i < first_row;
        first_ += context;
        time_.push_back(row.time);
        value_.push_back(row.value);
        raw_.push_back(row.raw_value);
        row_.push_back(static_cast<uint32_t>(i));
        objected_.push_back(context ? row.objected : TestSet(row.objected.bits() & kept.bits()));
        not_evaluated_.push_back(row.not_evaluated.bits() & kept.bits());
    }
    const TestSet conflict = TestSet(kept.bits() & ~checker.arrival_tests().bits());
    heaviest_.resize(time_.size());
    for (size_t i = 0; i < time_.size(); ++i) {
        const bool suspect = (objected_[i].bits() & conflict.bits()) != 0;
        heaviest_[i] = static_cast<uint8_t>(suspect ? Verdict::kSuspect : Verdict::kNotEvaluated);
    }
    verdicts_.resize(time_.size());
    companions_.resize(std::max(companions_.size(), checker.companions().size()));
    companion_columns_.resize(companions_.size());
}

Status Segment::LookUpCompanions(
    const Checker& checker, std::span<const SeriesState* const> resident, RowSource& source
) {
    for (size_t i = 0; i < checker.companions().size(); ++i) {
        Companion& companion = companions_[i];
        companion.value.assign(size(), kMissing);
        companion.time.assign(size(), Time{});
        companion_columns_[i] = {companion.value, companion.time};
        TILTH_CHECK(LookUpCompanion(
            checker.companions()[i],
            i < resident.size() ? resident[i] : nullptr,
            source,
            std::span(time_).subspan(first_),
            std::span(companion.value).subspan(first_),
            std::span(companion.time).subspan(first_)
        ));
    }
    return {};
}

size_t Segment::SettledEnd(const Reach& reach) const {
    if (size() == first_ || reach.rows_ahead == 0) return size();
    const size_t by_rows = size() > reach.rows_ahead ? size() - reach.rows_ahead : 0;
    const Time last_far = time_.back() - reach.ahead;  // rows at or before it are past all reach
    const auto far = std::upper_bound(time_.begin(), time_.end(), last_far);
    const auto by_time = static_cast<size_t>(far - time_.begin());
    return std::max({first_, by_rows, by_time});
}

SeriesView Segment::ViewFor(const Checker& checker, int level) {
    const TestSet below = checker.TestsBelow(level);
    lower_.resize(size());
    for (size_t i = 0; i < size(); ++i) {
        lower_[i] = TestSet(objected_[i].bits() & below.bits());
    }
    const std::vector<double>& values = level >= 2 && checker.skip_failed() ? masked_ : value_;
    return {time_, values, raw_, lower_, companion_columns_};
}

void Segment::Record(const Test& test, const Verdict* verdicts, size_t first, size_t last) {
    const auto number = static_cast<int>(test.number());
    for (size_t i = first; i < last; ++i) {
        const auto verdict = static_cast<uint8_t>(verdicts[i - first]);
        heaviest_[i] = std::max(heaviest_[i], verdict);
        const uint64_t objects = verdict >= static_cast<uint8_t>(Verdict::kSuspect) ? 1 : 0;
        const uint64_t blind = verdict == static_cast<uint8_t>(Verdict::kNotEvaluated) ? 1 : 0;
        objected_[i] = TestSet(objected_[i].bits() | objects << number);
        not_evaluated_[i] |= blind << number;
    }
}

void Segment::EvaluateWindows(const Checker& checker, int level, const SeriesView& view) {
    const bool mask = level == 1 && checker.skip_failed();
    if (mask) no_measurement_.assign(size(), 0);
    const size_t from = mask ? 0 : first_;
    for (const auto& test : checker.windows()) {
        if (test->level() != level) continue;
        test->Evaluate(view, from, size(), verdicts_.data());
        Record(*test, verdicts_.data() + (first_ - from), first_, size());
        if (!mask) continue;
        for (size_t i = 0; i < size(); ++i) no_measurement_[i] |= verdicts_[i] == Verdict::kFail;
    }
    if (mask) MaskFailed();
}

void Segment::MaskFailed() {
    masked_.resize(size());
    for (size_t i = 0; i < size(); ++i) masked_[i] = no_measurement_[i] != 0 ? kMissing : value_[i];
}

void Segment::FindDays(size_t settled_end, Time settled_time) {
    day_begins_.clear();
    constexpr Duration kDay = std::chrono::days{1};
    Time day_end = settled_time == Time::min() ? Time::max() : FloorDay(settled_time) + kDay;
    for (size_t i = first_; i < settled_end; ++i) {
        if (day_end == Time::max()) day_end = FloorDay(time_[i]) + kDay;
        if (time_[i] < day_end) continue;
        day_begins_.push_back(i);
        day_end = FloorDay(time_[i]) + kDay;
    }
}

void Segment::EvaluateFolds(
    const Checker& checker, int level, const SeriesView& view, size_t settled_end, Folds& folds
) {
    for (size_t f = 0; f < checker.folds().size(); ++f) {
        const FoldTest& test = *checker.folds()[f];
        if (test.level() != level) continue;
        FoldState& state = folds.states[f];
        size_t from = first_;
        const auto advance = [&](size_t to, FoldState& moving) {
            if (from < to)
                test.Evaluate(view, from, to, moving, verdicts_.data() + (from - first_));
            from = std::max(from, to);
        };
        for (const size_t day : day_begins_) {
            advance(day, state);
            folds.checkpoints.push_back(
                {static_cast<int>(test.number()), FloorDay(time_[day]), EncodeFold(state)}
            );
        }
        advance(settled_end, state);
        if (settled_end < size()) {
            ahead_ = state;
            advance(size(), ahead_);
        }
        Record(test, verdicts_.data(), first_, size());
    }
}

void Segment::Evaluate(const Checker& checker, size_t settled_end, Folds folds) {
    const size_t known = folds.checkpoints.size();
    if (!checker.folds().empty()) FindDays(settled_end, folds.settled_time);
    for (int level = 1; level <= checker.levels(); ++level) {
        const SeriesView view = ViewFor(checker, level);
        EvaluateWindows(checker, level, view);
        if (!checker.folds().empty()) EvaluateFolds(checker, level, view, settled_end, folds);
    }
    std::stable_sort(
        folds.checkpoints.begin() + static_cast<ptrdiff_t>(known),
        folds.checkpoints.end(),
        [](const SavedFold& a, const SavedFold& b) {
            return std::pair(a.time, a.test) < std::pair(b.time, b.test);
        }
    );
}

}  // namespace tilth::qc
