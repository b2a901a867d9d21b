#include "pipeline/rules.h"

#include "base/hash.h"
#include "qc/built_in_profiles.h"

namespace tilth::pipeline {
namespace {

/// Raised with every change of a decoder, calibration, test, merge rule or derivation that changes
/// results.
constexpr int kRevision = 2;

}  // namespace

const std::string& RulesName() {
    static const std::string kName = [] {
        uint64_t hash = 0;
        for (const qc::BuiltInProfile& profile : qc::BuiltInProfiles()) {
            hash = HashCombine(hash, Hash64(profile.yaml));
        }
        return fmt::format("rules {}-{:08x}", kRevision, hash >> 32);
    }();
    return kName;
}

std::string WithRules(std::string_view reason) {
    return fmt::format("{}, {}", reason, RulesName());
}

bool MadeByTheseRules(const Generation& generation) {
    return generation.reason.ends_with(RulesName());
}

}  // namespace tilth::pipeline
