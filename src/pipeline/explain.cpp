#include "pipeline/explain.h"

#include "pipeline/flag_order.h"
#include "pipeline/row_reader.h"
#include "qc/explain.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

Result<Datastream> FindDatastream(ProcessedStore& store, std::string_view name) {
    TILTH_TRY(const std::vector<Datastream> all, store.Datastreams());
    const auto found = std::ranges::find(all, name, &Datastream::name);
    if (found == all.end()) return Fail(Fault::kNotFound, "there is no datastream \"{}\"", name);
    return *found;
}

Result<Observation> CountingRow(RowReader& rows, const Datastream& datastream, Time time) {
    TILTH_TRY(const std::vector<Observation> at, rows.Rows({time, time + Duration{1}}, 0));
    const auto found = std::ranges::find(at, true, &Observation::counts);
    if (found == at.end()) {
        return Fail(
            Fault::kNotFound, "{} has no reading at {}", datastream.name, FormatRfc3339(time)
        );
    }
    return *found;
}

Result<std::vector<ManualFlag>> FlagsOf(ProcessedStore& store, const Datastream& datastream) {
    TILTH_TRY(std::vector<ManualFlag> flags, store.ManualFlags());
    std::erase_if(flags, [&](const ManualFlag& flag) {
        return flag.datastream != datastream.name;
    });
    std::ranges::sort(flags, StandsBefore);
    return flags;
}

ExplainedTest ToExplained(const qc::Explanation& reason) {
    ExplainedTest test;
    test.test = reason.name;
    test.flag = reason.verdict == qc::Verdict::kFail ? QualityFlag::kFail : QualityFlag::kSuspect;
    test.text = reason.test == 0
                    ? reason.title
                    : fmt::format("{}: {} ({})", reason.title, reason.seen, reason.threshold);
    return test;
}

}  // namespace

Result<Explanation> ExplainReading(
    ProcessedStore& store, const ProcessingConfig& config, std::string_view name, Time time
) {
    TILTH_TRY(const Datastream datastream, FindDatastream(store, name));
    RowReader rows(store, datastream.id);
    Explanation explanation;
    explanation.datastream = datastream.name;
    TILTH_TRY(explanation.reading, CountingRow(rows, datastream, time));
    TILTH_TRY(const std::vector<ManualFlag> flags, FlagsOf(store, datastream));
    for (const ManualFlag& flag : flags) {
        if (flag.range.Contains(time)) explanation.manual = flag;
    }
    if (explanation.manual && explanation.manual->withdraw) explanation.manual.reset();
    TILTH_TRY(const qc::Checker checker, CheckerOf(config, datastream));
    TILTH_TRY(
        const std::vector<qc::Explanation> reasons, qc::Explain(checker, time, {rows, {}, flags})
    );
    for (const qc::Explanation& reason : reasons) {
        if (reason.verdict == qc::Verdict::kNotEvaluated && reason.test != 0) {
            explanation.not_evaluated.push_back(reason.name);
        } else {
            explanation.reasons.push_back(ToExplained(reason));
        }
    }
    return explanation;
}

namespace {

bool SameChannel(const ChannelConfig& a, const ChannelConfig& b) {
    const auto& x = a.datastream;
    const auto& y = b.datastream;
    return a.device == b.device && a.channel == b.channel && a.unit == b.unit &&
           a.valid == b.valid && a.calibration.name == b.calibration.name &&
           a.calibration.coefficients == b.calibration.coefficients &&
           a.calibration.points == b.calibration.points && x.name == y.name && x.unit == y.unit &&
           x.resolution == y.resolution && x.cadence == y.cadence && x.profile == y.profile;
}

bool SameDerivation(const Derivation& a, const Derivation& b) {
    return a.kind == b.kind && a.source == b.source && a.theta_r == b.theta_r &&
           a.theta_s == b.theta_s && a.alpha == b.alpha && a.n == b.n;
}

template <class Item>
std::vector<const Item*> Of(const std::vector<Item>& items, const Datastream& datastream) {
    std::vector<const Item*> of;
    for (const Item& item : items) {
        if (item.datastream.name == datastream.name) of.push_back(&item);
    }
    return of;
}

}  // namespace

bool SameMeaning(const SiteConfig& a, const SiteConfig& b, const Datastream& datastream) {
    const auto same_channel = [](const ChannelConfig* x, const ChannelConfig* y) {
        return SameChannel(*x, *y);
    };
    const auto same_derivation = [](const Derivation* x, const Derivation* y) {
        return SameDerivation(*x, *y);
    };
    return a.profile == b.profile &&
           std::ranges::equal(
               Of(a.channels, datastream), Of(b.channels, datastream), same_channel
           ) &&
           std::ranges::equal(
               Of(a.derivations, datastream), Of(b.derivations, datastream), same_derivation
           );
}

}  // namespace tilth::pipeline
