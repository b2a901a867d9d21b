// What goes wrong in the emulated field, so that quality control has something to find.
//
// Seven of the first dozen nodes (and of every hundred) carry one fault each; when it strikes is
// decided by seed and time.
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
    kDrift,      ///< The probe at 50 cm drifts up by 0.08 m3/m3 in 300 days; then it is replaced.
    kErrorCode,  ///< The probe at 20 cm sends an error code for some hours, about every 30 days.
    kWeakBattery,  ///< A dirty solar panel: the battery runs low in winter.
    kClockReset,   ///< The clock restarts in 1970 for three hours, about every 120 days.
};

/// "flat line", "spikes", ...: for people.
const char* Name(FaultKind kind);

/// The fault of a node, by its number (from 0, modulo 100) alone: 1 silent, 2 flat line, 4 spikes,
/// 6 drift, 7 clock reset, 8 error code, 10 weak battery, others none.
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
