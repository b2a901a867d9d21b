// Clock: a reading from before `earliest`, or further ahead of its record's arrival than `ahead`,
// has a wrong time. A file's arrival says nothing of its readings, so imports are not evaluated.
#include "qc/kinds.h"

namespace tilth::qc {
namespace {

constexpr Time kEarliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

class ClockTest final : public ArrivalTest {
  public:
    explicit ClockTest(Duration ahead) : ArrivalTest(TestNumber::kClock), ahead_(ahead) {}

    Verdict Judge(const ArrivalFacts& reading) const override {
        if (reading.time < kEarliest) return Verdict::kFail;
        if (reading.received_at == kNoArrival) return Verdict::kNotEvaluated;
        return reading.time - ahead_ > reading.received_at ? Verdict::kFail : Verdict::kPass;
    }

    Reason Why(Time time) const override {
        return {
            fmt::format(
                "before {} or more than {} after it arrived fails",
                FormatRfc3339(kEarliest),
                FormatDuration(ahead_)
            ),
            FormatRfc3339(time)};
    }

  private:
    Duration ahead_;
};

constexpr ParameterSpec kParameters[] = {{"ahead", ParameterKind::kLength}};

Status Make(const Parameters& parameters, const TestSite& site, CheckerParts& parts) {
    const Parameter* ahead = Find(parameters, "ahead");
    const std::optional<Duration> length =
        ahead == nullptr ? std::nullopt : site.Resolve(ahead->length);
    if (!length) return Fail(Fault::kBadInput, "needs ahead: DURATION (\"1h\")");
    parts.arrival.push_back(std::make_unique<ClockTest>(*length));
    return {};
}

}  // namespace

const TestKind kClockKind{TestNumber::kClock, kParameters, 0, false, Make};

}  // namespace tilth::qc
