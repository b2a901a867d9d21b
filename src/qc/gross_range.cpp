// QARTOD gross range: outside the fail span fails, outside the suspect span is suspect; the limits
// pass. Source: QARTOD manuals, test 4; ioos_qc qartod.gross_range_test.
#include "qc/kinds.h"

#include <cmath>

namespace tilth::qc {
namespace {

struct Span {
    double low = -HUGE_VAL;
    double high = HUGE_VAL;

    bool Holds(double x) const { return low <= x && x <= high; }
};

class GrossRange final : public WindowTest {
  public:
    GrossRange(Span fail, Span suspect)
        : WindowTest(TestNumber::kGrossRange, 1), fail_(fail), suspect_(suspect) {}

    Reach reach() const override { return {}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) {
            const double x = view.value[i];
            out[i - first] = std::isnan(x)        ? Verdict::kNotEvaluated
                             : !fail_.Holds(x)    ? Verdict::kFail
                             : !suspect_.Holds(x) ? Verdict::kSuspect
                                                  : Verdict::kPass;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        const double x = view.value[row];
        const bool fails = !fail_.Holds(x);
        const Span& span = fails ? fail_ : suspect_;
        return {
            fmt::format("outside {} to {} {}", span.low, span.high, fails ? "fails" : "is suspect"),
            fmt::format("{}", x)};
    }

  private:
    Span fail_;
    Span suspect_;
};

constexpr ParameterSpec kParameters[] = {
    {"fail", ParameterKind::kValueRange},
    {"suspect", ParameterKind::kValueRange},
};

Span SpanOf(const Parameter* parameter, const TestSite& site, Span otherwise) {
    if (parameter == nullptr) return otherwise;
    const double a = site.Value(parameter->numbers[0]);
    const double b = site.Value(parameter->numbers[1]);
    return {std::min(a, b), std::max(a, b)};
}

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    const Parameter* fail = Find(parameters, "fail");
    const Parameter* suspect = Find(parameters, "suspect");
    if (fail == nullptr && suspect == nullptr) {
        return Fail(Fault::kBadInput, "needs fail: [low, high], suspect: [low, high] or both");
    }
    const Span outer = SpanOf(fail, site, {});
    const Span inner = SpanOf(suspect, site, outer);
    if (!outer.Holds(inner.low) || !outer.Holds(inner.high)) {
        return Fail(
            Fault::kBadInput,
            "suspect [{}, {}] must lie inside fail [{}, {}]",
            suspect->numbers[0],
            suspect->numbers[1],
            fail->numbers[0],
            fail->numbers[1]
        );
    }
    parts.windows.push_back(std::make_unique<GrossRange>(outer, inner));
    return {};
}

}  // namespace

const TestKind kGrossRangeKind{TestNumber::kGrossRange, kParameters, 1, true, Make};

}  // namespace tilth::qc
