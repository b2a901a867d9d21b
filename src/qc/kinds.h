// All kinds of tests, each in its own file.
#pragma once

#include "qc/test_kind.h"

namespace tilth::qc {

extern const TestKind kGrossRangeKind;    // gross_range.cpp
extern const TestKind kSpikeKind;         // spike.cpp
extern const TestKind kRateOfChangeKind;  // rate_of_change.cpp
extern const TestKind kFlatLineKind;      // flat_line.cpp
extern const TestKind kGapKind;           // gap.cpp
extern const TestKind kConflictKind;      // conflict.cpp
extern const TestKind kClockKind;         // clock_test_kind.cpp
extern const TestKind kSentinelKind;      // sentinel.cpp
extern const TestKind kC01Kind;           // geophysical_range.cpp
extern const TestKind kC02Kind;
extern const TestKind kC03Kind;
extern const TestKind kD01Kind;  // frozen_soil.cpp

}  // namespace tilth::qc
