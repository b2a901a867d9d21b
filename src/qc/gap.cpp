// Gap: the time since the reading before it, against a length that is mostly a number of cadences
// (a named statistic, frozen with the configuration). More than `max` is objected to; the first
// reading cannot be told. Source: QARTOD manuals, test 1; ioos_qc time_gap_test (2 h, fails the
// reading after the gap).
#include "qc/kinds.h"

namespace tilth::qc {
namespace {

class Gap final : public WindowTest {
  public:
    Gap(Duration max, Verdict objection)
        : WindowTest(TestNumber::kGap, 2), max_(max), objection_(objection) {}

    Reach reach() const override { return {kAnyDistance, 1, {}, 0}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) {
            const bool over = i > 0 && view.time[i] - view.time[i - 1] > max_;
            const Verdict seen = over ? objection_ : Verdict::kPass;
            out[i - first] = i == 0 ? Verdict::kNotEvaluated : seen;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        const char* says = objection_ == Verdict::kFail ? "fails" : "is suspect";
        Reason reason{
            fmt::format("more than {} after the one before {}", FormatDuration(max_), says), {}};
        reason.seen = row == 0 ? "it is the first reading"
                               : FormatDuration(view.time[row] - view.time[row - 1]) + " after " +
                                     FormatRfc3339(view.time[row - 1]);
        return reason;
    }

  private:
    Duration max_;
    Verdict objection_;
};

constexpr std::string_view kFlags[] = {"suspect", "fail"};
constexpr ParameterSpec kParameters[] = {
    {"max", ParameterKind::kLength},
    {"flag", ParameterKind::kChoice, kFlags},
};

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    const Parameter* max = Find(parameters, "max");
    if (max == nullptr) return Fail(Fault::kBadInput, "needs max: DURATION or \"3 cadences\"");
    const Parameter* flag = Find(parameters, "flag");
    const bool fails = flag != nullptr && flag->text == "fail";
    const auto length = site.Resolve(max->length);
    if (!length) {
        parts.windows.push_back(CannotLook(TestNumber::kGap, 2, "the cadence is not known"));
        return {};
    }
    parts.windows.push_back(
        std::make_unique<Gap>(*length, fails ? Verdict::kFail : Verdict::kSuspect)
    );
    return {};
}

}  // namespace

const TestKind kGapKind{TestNumber::kGap, kParameters, 2, false, Make};

}  // namespace tilth::qc
