// ISMN geophysical range: C01 below, C02 above what the quantity can be, C03 above the soil's
// saturation point. Strict comparisons. Source: Dorigo et al. 2013, doi 10.2136/vzj2012.0097.
#include "qc/kinds.h"

#include <cmath>

namespace tilth::qc {
namespace {

class Limit final : public WindowTest {
  public:
    Limit(TestNumber number, double limit, bool above)
        : WindowTest(number, 1), limit_(limit), above_(above) {}

    Reach reach() const override { return {}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) {
            const double x = view.value[i];
            const bool objects = above_ ? x > limit_ : x < limit_;
            const Verdict seen = objects ? Verdict::kFail : Verdict::kPass;
            out[i - first] = std::isnan(x) ? Verdict::kNotEvaluated : seen;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        return {
            fmt::format("{} {} fails", above_ ? "above" : "below", limit_),
            fmt::format("{}", view.value[row])};
    }

  private:
    double limit_;
    bool above_;
};

constexpr ParameterSpec kLow[] = {{"low", ParameterKind::kValue}};
constexpr ParameterSpec kHigh[] = {{"high", ParameterKind::kValue}};
constexpr ParameterSpec kSaturation[] = {{"saturation", ParameterKind::kValue}};

Status MakeLimit(
    const Parameters& parameters,
    const TestSite& site,
    CheckerParts& parts,
    TestNumber number,
    std::string_view key
) {
    const Parameter* limit = Find(parameters, key);
    if (limit == nullptr) return Fail(Fault::kBadInput, "needs {}: NUMBER", key);
    // A unit that counts the other way round turns "below" into "above".
    const bool above = (number != TestNumber::kC01) == (site.unit->factor > 0);
    parts.windows.push_back(
        std::make_unique<Limit>(number, site.Value(limit->numbers.front()), above)
    );
    return {};
}

Status MakeC01(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    return MakeLimit(parameters, site, parts, TestNumber::kC01, "low");
}
Status MakeC02(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    return MakeLimit(parameters, site, parts, TestNumber::kC02, "high");
}
Status MakeC03(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    return MakeLimit(parameters, site, parts, TestNumber::kC03, "saturation");
}

}  // namespace

const TestKind kC01Kind{TestNumber::kC01, kLow, 1, true, MakeC01};
const TestKind kC02Kind{TestNumber::kC02, kHigh, 1, true, MakeC02};
const TestKind kC03Kind{TestNumber::kC03, kSaturation, 1, true, MakeC03};

}  // namespace tilth::qc
