// QARTOD spike: how far a reading stands out from its two neighbours.
//   average:      |x[i] - (x[i-1] + x[i+1]) / 2|
//   differential: min(|x[i] - x[i-1]|, |x[i+1] - x[i]|) where the two steps have opposite signs,
//   else 0
// More than `suspect` is suspect, more than `fail` fails. Without a neighbour that has a value,
// within max_gap where that is given, it cannot look. Source: QARTOD manuals, test 6; ioos_qc
// qartod.spike_test.
#include "qc/kinds.h"

#include <cmath>

namespace tilth::qc {
namespace {

struct SpikeLimits {
    double suspect = HUGE_VAL;
    double fail = HUGE_VAL;
    Duration max_gap = kAnyDistance;
    bool differential = false;
};

class Spike final : public WindowTest {
  public:
    explicit Spike(SpikeLimits limits) : WindowTest(TestNumber::kSpike, 2), limits_(limits) {}

    Reach reach() const override { return {limits_.max_gap, 1, limits_.max_gap, 1}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        for (size_t i = first; i < last; ++i) out[i - first] = Judge(Height(view, i));
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        const double height = Height(view, row);
        const bool fails = height > limits_.fail;
        const double limit = fails ? limits_.fail : limits_.suspect;
        const char* from =
            limits_.differential ? "the nearer of its neighbours" : "the mean of its neighbours";
        Reason reason;
        reason.threshold =
            fmt::format("more than {} from {} {}", limit, from, fails ? "fails" : "is suspect");
        if (std::isnan(height)) {
            reason.seen = "a neighbour with a value is missing or too far away";
        } else {
            reason.seen = fmt::format(
                "{} between {} and {}: {:.6g}",
                view.value[row],
                view.value[row - 1],
                view.value[row + 1],
                height
            );
        }
        return reason;
    }

  private:
    Verdict Judge(double height) const {
        if (std::isnan(height)) return Verdict::kNotEvaluated;
        if (height > limits_.fail) return Verdict::kFail;
        return height > limits_.suspect ? Verdict::kSuspect : Verdict::kPass;
    }

    /// NaN: cannot be told.
    double Height(const SeriesView& view, size_t i) const {
        constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
        if (i == 0 || i + 1 == view.time.size()) return kUnknown;
        if (view.time[i] - view.time[i - 1] > limits_.max_gap) return kUnknown;
        if (view.time[i + 1] - view.time[i] > limits_.max_gap) return kUnknown;
        const double before = view.value[i - 1];
        const double x = view.value[i];
        const double after = view.value[i + 1];
        if (!limits_.differential) return std::abs(x - (before + after) / 2);
        const double up = x - before;
        const double down = after - x;
        if (std::isnan(up) || std::isnan(down)) return kUnknown;
        return up * down < 0 ? std::min(std::abs(up), std::abs(down)) : 0;
    }

    SpikeLimits limits_;
};

constexpr std::string_view kMethods[] = {"average", "differential"};
constexpr ParameterSpec kParameters[] = {
    {"suspect", ParameterKind::kDifference},
    {"fail", ParameterKind::kDifference},
    {"method", ParameterKind::kChoice, kMethods},
    {"max_gap", ParameterKind::kLength},
};

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    SpikeLimits limits;
    limits.suspect = site.Difference(NumberOr(parameters, "suspect", HUGE_VAL));
    limits.fail = site.Difference(NumberOr(parameters, "fail", HUGE_VAL));
    if (std::isinf(limits.suspect) && std::isinf(limits.fail)) {
        return Fail(Fault::kBadInput, "needs suspect: NUMBER, fail: NUMBER or both");
    }
    if (limits.suspect > limits.fail && !std::isinf(limits.suspect)) {
        return Fail(Fault::kBadInput, "suspect must not be above fail");
    }
    const Parameter* method = Find(parameters, "method");
    limits.differential = method != nullptr && method->text == "differential";
    if (const Parameter* gap = Find(parameters, "max_gap")) {
        const auto length = site.Resolve(gap->length);
        if (!length) {
            parts.windows.push_back(CannotLook(TestNumber::kSpike, 2, "the cadence is not known"));
            return {};
        }
        limits.max_gap = *length;
    }
    parts.windows.push_back(std::make_unique<Spike>(limits));
    return {};
}

}  // namespace

const TestKind kSpikeKind{TestNumber::kSpike, kParameters, 2, true, Make};

}  // namespace tilth::qc
