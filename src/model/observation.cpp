#include "model/observation.h"

#include <bit>

namespace tilth {
namespace {

bool SameBits(double a, double b) {
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

constexpr QualityFlag kFlags[] = {
    QualityFlag::kGood,
    QualityFlag::kNotEvaluated,
    QualityFlag::kSuspect,
    QualityFlag::kFail,
    QualityFlag::kMissing,
};

}  // namespace

const char* Name(QualityFlag flag) {
    switch (flag) {
        case QualityFlag::kGood:
            return "good";
        case QualityFlag::kNotEvaluated:
            return "not_evaluated";
        case QualityFlag::kSuspect:
            return "suspect";
        case QualityFlag::kFail:
            return "fail";
        case QualityFlag::kMissing:
            return "missing";
    }
    return "unknown";
}

Result<QualityFlag> ParseQualityFlag(std::string_view text) {
    for (const QualityFlag flag : kFlags) {
        if (text == Name(flag) || text == std::to_string(static_cast<int>(flag))) return flag;
    }
    return Fail(
        Fault::kBadInput,
        "\"{}\" is not a quality flag; expected good, not_evaluated, suspect, fail or missing",
        text.substr(0, 64)
    );
}

bool operator==(const Observation& a, const Observation& b) {
    return a.time == b.time && SameBits(a.value, b.value) && SameBits(a.raw_value, b.raw_value) &&
           a.reading_id == b.reading_id && a.number == b.number && a.raw == b.raw &&
           a.objected == b.objected && a.not_evaluated == b.not_evaluated && a.flag == b.flag &&
           a.rank == b.rank && a.counts == b.counts && a.provisional == b.provisional &&
           a.manual_flag == b.manual_flag;
}

bool operator==(const Rollup& a, const Rollup& b) {
    return a.start == b.start && a.count == b.count && a.good_count == b.good_count &&
           SameBits(a.min, b.min) && SameBits(a.max, b.max) && SameBits(a.mean, b.mean) &&
           SameBits(a.sd, b.sd) && SameBits(a.first, b.first) && SameBits(a.last, b.last) &&
           SameBits(a.p10, b.p10) && SameBits(a.p50, b.p50) && SameBits(a.p90, b.p90);
}

}  // namespace tilth
