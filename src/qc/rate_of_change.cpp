// QARTOD rate of change: |x[i] - x[i-1]| / (t[i] - t[i-1]) against a change per `per`. Without a
// reading just before it there is nothing to object to: it passes, as in ioos_qc; where max_gap is
// given, it cannot look. A change of at most `least` is never objected to: between readings a few
// seconds apart, one step of a probe's resolution would be a steep rate. Source: QARTOD manuals,
// test 7; ioos_qc qartod.rate_of_change_test.
#include "qc/kinds.h"

#include <cmath>

namespace tilth::qc {
namespace {

struct RateLimits {
    double suspect = HUGE_VAL;  ///< Per `per`.
    double fail = HUGE_VAL;
    double least = 0;  ///< Absolute, not per time.
    Duration per = std::chrono::hours{1};
    Duration max_gap = kAnyDistance;
};

class RateOfChange final : public WindowTest {
  public:
    explicit RateOfChange(RateLimits limits)
        : WindowTest(TestNumber::kRateOfChange, 2),
          limits_(limits),
          per_(static_cast<double>(limits.per.count())),
          alone_(limits.max_gap == kAnyDistance ? Verdict::kPass : Verdict::kNotEvaluated) {}

    Reach reach() const override { return {limits_.max_gap, 1, {}, 0}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) {
            if (std::isnan(view.value[i])) {
                out[i - first] = Verdict::kNotEvaluated;
                continue;
            }
            const double rate = Rate(view, i);
            out[i - first] = std::isnan(rate)         ? alone_
                             : rate > limits_.fail    ? Verdict::kFail
                             : rate > limits_.suspect ? Verdict::kSuspect
                                                      : Verdict::kPass;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        const double rate = Rate(view, row);
        const bool fails = rate > limits_.fail;
        Reason reason;
        reason.threshold = fmt::format(
            "more than {} per {} {}",
            fails ? limits_.fail : limits_.suspect,
            FormatDuration(limits_.per),
            fails ? "fails" : "is suspect"
        );
        if (std::isnan(rate)) {
            reason.seen = "the reading before it is missing or too far away";
        } else {
            reason.seen = fmt::format(
                "from {} to {} in {}: {:.6g}",
                view.value[row - 1],
                view.value[row],
                FormatDuration(view.time[row] - view.time[row - 1]),
                rate
            );
        }
        return reason;
    }

  private:
    double Rate(const SeriesView& view, size_t i) const {
        if (i == 0) return std::numeric_limits<double>::quiet_NaN();
        const Duration step = view.time[i] - view.time[i - 1];
        if (step > limits_.max_gap) return std::numeric_limits<double>::quiet_NaN();
        const double change = std::abs(view.value[i] - view.value[i - 1]);
        if (change <= limits_.least) return 0;
        return change * per_ / static_cast<double>(step.count());
    }

    RateLimits limits_;
    double per_;
    Verdict alone_;
};

constexpr ParameterSpec kParameters[] = {
    {"suspect", ParameterKind::kDifference},
    {"fail", ParameterKind::kDifference},
    {"least", ParameterKind::kDifference},
    {"per", ParameterKind::kLength},
    {"max_gap", ParameterKind::kLength},
};

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    RateLimits limits;
    limits.suspect = site.Difference(NumberOr(parameters, "suspect", HUGE_VAL));
    limits.fail = site.Difference(NumberOr(parameters, "fail", HUGE_VAL));
    limits.least = site.Difference(NumberOr(parameters, "least", 0));
    if (std::isinf(limits.suspect) && std::isinf(limits.fail)) {
        return Fail(Fault::kBadInput, "needs suspect: NUMBER, fail: NUMBER or both");
    }
    if (limits.suspect > limits.fail && !std::isinf(limits.suspect)) {
        return Fail(Fault::kBadInput, "suspect must not be above fail");
    }
    const Parameter* per = Find(parameters, "per");
    const Parameter* gap = Find(parameters, "max_gap");
    const auto period = per == nullptr ? limits.per : site.Resolve(per->length);
    const auto distance = gap == nullptr ? limits.max_gap : site.Resolve(gap->length);
    if (!period || !distance) {
        parts.windows.push_back(CannotLook(TestNumber::kRateOfChange, 2, "the cadence is not known")
        );
        return {};
    }
    limits.per = *period;
    limits.max_gap = *distance;
    parts.windows.push_back(std::make_unique<RateOfChange>(limits));
    return {};
}

}  // namespace

const TestKind kRateOfChangeKind{TestNumber::kRateOfChange, kParameters, 2, true, Make};

}  // namespace tilth::qc
