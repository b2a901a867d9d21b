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

}  // namespace tilth::pipeline
