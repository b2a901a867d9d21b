// What goes wrong in the emulated field, so that quality control has something to find.
//
// Of every hundred nodes the first dozen carry one fault each; when it strikes is decided by seed
// and time.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

namespace tilth::field {

/// One fault a node can have.
enum class FaultKind : uint8_t {
    kNone,
    kSilent,     ///< Sends nothing for an hour or two, about every ten days.
    kFlatLine,   ///< The probe at 20 cm repeats itself for two to three days, about every 60 days.
    kSpikes,     ///< The probe at 5 cm jumps for one reading, about one in 250.
    kDrift,      ///< The probe at 50 cm drifts upwards, up to 0.08 m3/m3 in 300 days, until it is
                 ///< replaced.
    kErrorCode,  ///< The probe at 20 cm reports an error instead of values for some hours, every 30
                 ///< days.
    kWeakBattery,  ///< A dirty solar panel: the battery runs low in winter.
    kClockReset,   ///< The clock restarts in 1970 for three hours, about every 120 days.
};

/// "flat line", "spikes", ...: for people.
const char* Name(FaultKind kind);

/// The fault of a node, by its number alone: node 1 is silent now and then, 2 flat, 4 spiky, 6
/// drifting, 7 clock, 8 error codes, 10 weak (numbers from 0, modulo 100).
FaultKind FaultOf(uint64_t node);

/// When the fault of a node is active: the episode that holds t, or none. For kSilent, kFlatLine,
/// kErrorCode and kClockReset; none for the others. Pure, thread-safe.
std::optional<TimeRange> EpisodeAt(uint64_t seed, uint64_t node, FaultKind kind, Time t);

/// What kSpikes adds to water content in m3/m3 at one measurement; mostly 0.
double Spike(uint64_t seed, uint64_t node, Time measured);

/// What kDrift adds to water content in m3/m3, 0 to 0.08.
double DriftAt(uint64_t seed, uint64_t node, Time t);

/// What a probe sends instead of a value (SDI-12 loggers) and instead of counts (METER loggers).
constexpr double kErrorValue = -9999.0;
constexpr double kErrorCounts = 65534.0;

}  // namespace tilth::field
