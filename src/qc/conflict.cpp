// Conflict: another reading of the same rank at the same time has another value. Found in merging
// (merge.h); this is only its place in profiles.
#include "qc/kinds.h"

namespace tilth::qc {
namespace {

Status Make(const Parameters&, const TestSite&, CheckerParts& parts) {
    parts.conflict = true;
    return {};
}

}  // namespace

const TestKind kConflictKind{TestNumber::kConflict, {}, 0, false, Make};

}  // namespace tilth::qc
