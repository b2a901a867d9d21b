// A person's judgement of a stretch of a datastream. It never changes a value; it is appended,
// never edited.
#pragma once

#include "model/observation.h"

#include <string>

namespace tilth {

struct ManualFlag {
    std::string datastream;  ///< Datastream::name
    TimeRange range;
    QualityFlag flag = QualityFlag::kFail;  ///< What the range gets instead of the tests' flag.
    bool withdraw = false;  ///< Takes back what earlier manual flags did to the range.
    std::string who;
    std::string why;
    Time when{};
};

}  // namespace tilth
