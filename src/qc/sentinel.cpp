// Error codes: raw values that a sensor or logger sends instead of a measurement, compared exactly.
// Where the profile skips failed values, an error code is no value for any test above its level.

#include "qc/kinds.h"

#include <algorithm>
#include <cmath>

namespace tilth::qc {
namespace {

class Sentinel final : public WindowTest {
  public:
    explicit Sentinel(std::vector<double> codes)
        : WindowTest(TestNumber::kSentinel, 1), codes_(std::move(codes)) {}

    Reach reach() const override { return {}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) {
            const double raw = view.raw_value[i];
            const Verdict seen = IsCode(raw) ? Verdict::kFail : Verdict::kPass;
            out[i - first] = std::isnan(raw) ? Verdict::kNotEvaluated : seen;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        return {
            fmt::format("raw values {} are error codes", fmt::join(codes_, ", ")),
            fmt::format("{}", view.raw_value[row])};
    }

  private:
    bool IsCode(double raw) const {
        bool found = false;
        for (const double code : codes_) found |= raw == code;
        return found;
    }

    std::vector<double> codes_;
};

constexpr ParameterSpec kParameters[] = {{"raw", ParameterKind::kRawList}};

Status Make(const Parameters& parameters, const TestSite&, CheckerParts& parts) {
    const Parameter* raw = Find(parameters, "raw");
    if (raw == nullptr) return Fail(Fault::kBadInput, "needs raw: [CODE, ...]");
    parts.windows.push_back(std::make_unique<Sentinel>(raw->numbers));
    return {};
}

}  // namespace

const TestKind kSentinelKind{TestNumber::kSentinel, kParameters, 1, false, Make};

}  // namespace tilth::qc
