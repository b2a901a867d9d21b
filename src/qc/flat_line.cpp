// QARTOD flat line: the values have stayed within a tolerance (range < tolerance) for at least a
// time. With a known cadence the times are rounded down to whole cadences; at a regular cadence
// this is ioos_qc's rule, the range over the last int(time / cadence) + 1 points. A missing row
// counts as time, not as a value. Source: QARTOD manuals, test 8; ioos_qc qartod.flat_line_test.
#include "qc/flat_line.h"

#include "qc/kinds.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tilth::qc {
namespace {

constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();

}  // namespace

void FlatStretch::Queue::PushBack(const Entry& entry) {
    if (end_ == entries_.size()) {
        std::copy(
            entries_.begin() + static_cast<ptrdiff_t>(begin_), entries_.end(), entries_.begin()
        );
        end_ -= begin_;
        begin_ = 0;
    }
    entries_[end_++] = entry;
}

FlatStretch FlatStretch::From(const FoldState& state) {
    FlatStretch stretch;
    const auto& words = state.words;
    if (words.size() < 2) return stretch;
    stretch.any_ = true;
    stretch.start_ = words[0];
    const auto highs = std::min<size_t>(static_cast<size_t>(words[1]), kLevels);
    for (size_t i = 2; i + 2 < words.size(); i += 3) {
        Queue& queue = i < 2 + 3 * highs ? stretch.high_ : stretch.low_;
        if (queue.size() == kLevels) break;
        queue.PushBack({words[i], std::bit_cast<double>(words[i + 1]), words[i + 2]});
    }
    return stretch;
}

void FlatStretch::To(FoldState& state) const {
    auto& words = state.words;
    words.clear();
    if (!any_) return;
    words.push_back(start_);
    words.push_back(static_cast<int64_t>(high_.size()));
    for (const Queue* queue : {&high_, &low_}) {
        for (size_t i = 0; i < queue->size(); ++i) {
            const Entry& entry = (*queue)[i];
            words.push_back(entry.time);
            words.push_back(std::bit_cast<int64_t>(entry.value));
            words.push_back(entry.next);
        }
    }
}

void FlatStretch::Row(int64_t time) {
    if (!any_) start_ = time;
    any_ = true;
    if (high_.empty()) return;
    if (high_.back().next == kUnknown) high_.back().next = time;
    if (low_.back().next == kUnknown) low_.back().next = time;
}

void FlatStretch::AddMissing(Time time) {
    Row(ToMicros(time));
}

void FlatStretch::StartAfter(Queue& queue) {
    start_ = std::max(start_, queue.front().next);
    queue.PopFront();
}

void FlatStretch::Forget(Queue& queue, int64_t before) {
    while (queue.front().next <= before) queue.PopFront();
    while (queue.size() > kLevels) StartAfter(queue);
}

Duration FlatStretch::Add(Time at, double value, const Limits& limits) {
    const int64_t time = ToMicros(at);
    Row(time);
    if (!high_.empty() && time - high_.back().time > limits.max_gap.count()) {
        high_.Clear();
        low_.Clear();
        start_ = time;
    }
    while (!high_.empty() && high_.back().value <= value) high_.PopBack();
    while (!low_.empty() && low_.back().value >= value) low_.PopBack();
    high_.PushBack({time, value, kUnknown});
    low_.PushBack({time, value, kUnknown});
    while (!(high_.front().value - low_.front().value < limits.tolerance) &&
           high_.front().time != low_.front().time) {
        StartAfter(high_.front().time < low_.front().time ? high_ : low_);
    }
    const int64_t enough = time - limits.longest.count();
    Forget(high_, enough);
    Forget(low_, enough);
    start_ = std::max(start_, enough);
    return Duration{time - start_};
}

namespace {

class FlatLine final : public FoldTest {
  public:
    FlatLine(FlatStretch::Limits limits, Duration suspect, Duration fail)
        : FoldTest(TestNumber::kFlatLine, 2), limits_(limits), suspect_(suspect), fail_(fail) {}

    void Evaluate(const SeriesView& view, size_t first, size_t last, FoldState& state, Verdict* out)
        const override {
        FlatStretch stretch = FlatStretch::From(state);
        for (size_t i = first; i < last; ++i) {
            const double value = view.value[i];
            if (std::isnan(value)) {
                stretch.AddMissing(view.time[i]);
                out[i - first] = Verdict::kNotEvaluated;
                continue;
            }
            const Duration held = stretch.Add(view.time[i], value, limits_);
            out[i - first] = held >= fail_      ? Verdict::kFail
                             : held >= suspect_ ? Verdict::kSuspect
                                                : Verdict::kPass;
        }
        stretch.To(state);
    }

    Reason Why(const SeriesView& view, size_t row, const FoldState& before) const override {
        FlatStretch stretch = FlatStretch::From(before);
        if (std::isnan(view.value[row])) return {"", "no value"};
        const Duration held = stretch.Add(view.time[row], view.value[row], limits_);
        const bool fails = held >= fail_;
        return {
            fmt::format(
                "within {} for {} or longer {}",
                limits_.tolerance,
                FormatDuration(fails ? fail_ : suspect_),
                fails ? "fails" : "is suspect"
            ),
            fmt::format(
                "between {} and {} for at least {}",
                stretch.lowest(),
                stretch.highest(),
                FormatDuration(held)
            )};
    }

  private:
    FlatStretch::Limits limits_;
    Duration suspect_;
    Duration fail_;
};

constexpr ParameterSpec kParameters[] = {
    {"suspect", ParameterKind::kLength},
    {"fail", ParameterKind::kLength},
    {"tolerance", ParameterKind::kDifference},
    {"max_gap", ParameterKind::kLength},
};

/// Nothing where it is not given; 0 where it is shorter than a cadence or cannot be told.
std::optional<Duration> WholeCadences(const Parameter* parameter, const TestSite& site) {
    if (parameter == nullptr) return std::nullopt;
    const auto length = site.Resolve(parameter->length);
    if (!length) return Duration{};
    if (!site.cadence) return length;
    return *length / *site.cadence * *site.cadence;
}

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    const Parameter* tolerance = Find(parameters, "tolerance");
    const auto suspect = WholeCadences(Find(parameters, "suspect"), site);
    const auto fail = WholeCadences(Find(parameters, "fail"), site);
    if (tolerance == nullptr || (!suspect && !fail)) {
        return Fail(
            Fault::kBadInput,
            "needs tolerance: NUMBER, and suspect: DURATION, fail: DURATION or both"
        );
    }
    if (suspect && fail && *suspect > *fail) {
        return Fail(Fault::kBadInput, "suspect must not be longer than fail");
    }
    FlatStretch::Limits limits;
    const Parameter* gap = Find(parameters, "max_gap");
    const auto max_gap = gap == nullptr ? limits.max_gap : site.Resolve(gap->length);
    if (suspect == Duration{} || fail == Duration{} || !max_gap) {
        parts.windows.push_back(CannotLook(
            TestNumber::kFlatLine,
            2,
            "the cadence is not known or longer than the times to compare with"
        ));
        return {};
    }
    limits.tolerance = site.Difference(tolerance->numbers.front());
    limits.longest = std::max(suspect.value_or(Duration{}), fail.value_or(Duration{}));
    limits.max_gap = *max_gap;
    parts.folds.push_back(std::make_unique<FlatLine>(
        limits, suspect.value_or(kAnyDistance), fail.value_or(kAnyDistance)
    ));
    return {};
}

}  // namespace

const TestKind kFlatLineKind{TestNumber::kFlatLine, kParameters, 2, true, Make};

}  // namespace tilth::qc
