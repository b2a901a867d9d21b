#include "qc/test_kind.h"

#include "qc/kinds.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tilth::qc {
namespace {

constexpr std::array<const TestKind*, 12> kKinds{
    &kGrossRangeKind,
    &kSpikeKind,
    &kRateOfChangeKind,
    &kFlatLineKind,
    &kGapKind,
    &kConflictKind,
    &kClockKind,
    &kSentinelKind,
    &kC01Kind,
    &kC02Kind,
    &kC03Kind,
    &kD01Kind,
};

class Blind final : public WindowTest {
  public:
    Blind(TestNumber number, int level, std::string why)
        : WindowTest(number, level), why_(std::move(why)) {}

    Reach reach() const override { return {}; }
    void Evaluate(const SeriesView&, size_t first, size_t last, Verdict* out) const override {
        std::fill_n(out, last - first, Verdict::kNotEvaluated);
    }
    Reason Why(const SeriesView&, size_t) const override { return {why_, ""}; }

  private:
    std::string why_;
};

}  // namespace

std::optional<Duration> TestSite::Resolve(const Length& length) const {
    if (length.cadences > 0 && cadence) {
        const double micros = length.cadences * static_cast<double>(cadence->count());
        return Duration{std::llround(micros)};
    }
    if (length.fixed > Duration{}) return length.fixed;
    return std::nullopt;
}

std::span<const TestKind* const> TestKinds() {
    return kKinds;
}

const TestKind* FindKind(std::string_view name) {
    const TestInfo* info = FindTest(name);
    if (info == nullptr) return nullptr;
    const auto* found = std::ranges::find(kKinds, info->number, &TestKind::number);
    return found == kKinds.end() ? nullptr : *found;
}

const Parameter* Find(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? nullptr : &found->second;
}

double NumberOr(const Parameters& parameters, std::string_view name, double otherwise) {
    const Parameter* found = Find(parameters, name);
    return found == nullptr ? otherwise : found->numbers.front();
}

std::unique_ptr<const WindowTest> CannotLook(TestNumber number, int level, std::string why) {
    return std::make_unique<Blind>(number, level, std::move(why));
}

}  // namespace tilth::qc
