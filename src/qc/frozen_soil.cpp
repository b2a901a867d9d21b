// ISMN D01: the soil temperature at the same depth is below a limit (0 degC). With `until` it is a
// fold with hysteresis: frozen from at or below the limit until at or above `until`, across
// readings without a temperature. Suspect: the reading is right, but it is not the soil's water
// content. Sources: Dorigo et al. 2013 (D01, strict); FSMMN r_scripts/QAQC (hysteresis 0 / 0.25
// degC).
#include "qc/kinds.h"

#include <cmath>

namespace tilth::qc {
namespace {

Reason WhyFrozen(const SeriesView& view, size_t row, size_t companion, std::string rule) {
    const CompanionColumn& column = view.companions[companion];
    const double temperature = column.value[row];
    if (std::isnan(temperature))
        return {std::move(rule), "no soil temperature at this depth and time"};
    return {
        std::move(rule), fmt::format("{} Cel at {}", temperature, FormatRfc3339(column.time[row]))};
}

class Frozen final : public WindowTest {
  public:
    Frozen(double below, size_t companion)
        : WindowTest(TestNumber::kD01, 2), below_(below), companion_(companion) {}

    Reach reach() const override { return {}; }

    void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out) const override {
        const std::span<const double> temperature = view.companions[companion_].value;
        for (size_t i = first; i < last; ++i) {
            const bool blind = std::isnan(view.value[i]) || std::isnan(temperature[i]);
            const Verdict seen = temperature[i] < below_ ? Verdict::kSuspect : Verdict::kPass;
            out[i - first] = blind ? Verdict::kNotEvaluated : seen;
        }
    }

    Reason Why(const SeriesView& view, size_t row) const override {
        return WhyFrozen(
            view, row, companion_, fmt::format("soil temperature below {} Cel is suspect", below_)
        );
    }

  private:
    double below_;
    size_t companion_;
};

/// State: one word, 1 while frozen, 0 while not; none before the first temperature.
class FrozenUntil final : public FoldTest {
  public:
    FrozenUntil(double below, double until, size_t companion)
        : FoldTest(TestNumber::kD01, 2), below_(below), until_(until), companion_(companion) {}

    void Evaluate(const SeriesView& view, size_t first, size_t last, FoldState& state, Verdict* out)
        const override {
        const std::span<const double> temperature = view.companions[companion_].value;
        for (size_t i = first; i < last; ++i) {
            if (temperature[i] <= below_) state.words.assign(1, 1);
            if (temperature[i] >= until_) state.words.assign(1, 0);
            const bool between = !std::isnan(temperature[i]) && state.words.empty();
            if (between) state.words.assign(1, 0);
            const bool blind = std::isnan(view.value[i]) || state.words.empty();
            const bool frozen = !state.words.empty() && state.words.front() == 1;
            const Verdict seen = frozen ? Verdict::kSuspect : Verdict::kPass;
            out[i - first] = blind ? Verdict::kNotEvaluated : seen;
        }
    }

    Reason Why(const SeriesView& view, size_t row, const FoldState& before) const override {
        Reason reason = WhyFrozen(
            view,
            row,
            companion_,
            fmt::format(
                "soil temperature from {} Cel or below until {} Cel or above is suspect",
                below_,
                until_
            )
        );
        if (!before.words.empty() && before.words.front() == 1) reason.seen += ", frozen before";
        return reason;
    }

  private:
    double below_;
    double until_;
    size_t companion_;
};

constexpr ParameterSpec kParameters[] = {
    {"below", ParameterKind::kRaw},
    {"until", ParameterKind::kRaw},
    {"tolerance", ParameterKind::kLength},
    {"companion", ParameterKind::kText},
};

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    const double below = NumberOr(parameters, "below", 0);
    const double until = NumberOr(parameters, "until", below);
    if (until < below) return Fail(Fault::kBadInput, "until must not be lower than below");
    const Parameter* tolerance = Find(parameters, "tolerance");
    const std::optional<Duration> age = tolerance == nullptr
                                            ? std::optional<Duration>(std::chrono::hours{2})
                                            : site.Resolve(tolerance->length);
    if (!age) {
        parts.windows.push_back(CannotLook(TestNumber::kD01, 2, "the cadence is not known"));
        return {};
    }
    const Datastream& own = site.datastream;
    const Parameter* companion = Find(parameters, "companion");
    CompanionUse use;
    use.name = companion != nullptr ? companion->text
                                    : NameOf(own.thing, "soil_temperature", own.depth, own.label);
    use.id = IdOf(use.name);
    use.tolerance = *age;
    parts.companions.push_back(use);
    const size_t index = parts.companions.size() - 1;
    if (until > below) {
        parts.folds.push_back(std::make_unique<FrozenUntil>(below, until, index));
    } else {
        parts.windows.push_back(std::make_unique<Frozen>(below, index));
    }
    return {};
}

}  // namespace

const TestKind kD01Kind{TestNumber::kD01, kParameters, 2, false, Make};

}  // namespace tilth::qc
