#include "field/faults.h"

#include "field/noise.h"

#include <array>
#include <cmath>

namespace tilth::field {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr double kSpikeChance = 1.0 / 250.0;
constexpr double kMostDrift = 0.08;
constexpr double kDriftPeriod = 300.0 * 86'400.0;

/// One episode in every `period`, `shortest` to `longest` long.
struct Habit {
    Duration period;
    Duration shortest;
    Duration longest;
};

std::optional<Habit> HabitOf(FaultKind kind) {
    switch (kind) {
        case FaultKind::kSilent:
            return Habit{days{10}, hours{1}, hours{2}};
        case FaultKind::kFlatLine:
            return Habit{days{60}, hours{48}, hours{72}};
        case FaultKind::kErrorCode:
            return Habit{days{30}, hours{3}, hours{9}};
        case FaultKind::kClockReset:
            return Habit{days{120}, hours{3}, hours{3}};
        default:
            return std::nullopt;
    }
}

}  // namespace

const char* Name(FaultKind kind) {
    static constexpr std::array kNames{
        "none",
        "silent",
        "flat line",
        "spikes",
        "drift",
        "error code",
        "weak battery",
        "clock reset"};
    return kNames[static_cast<size_t>(kind)];
}

FaultKind FaultOf(uint64_t node) {
    switch (node % 100) {
        case 1:
            return FaultKind::kSilent;
        case 2:
            return FaultKind::kFlatLine;
        case 4:
            return FaultKind::kSpikes;
        case 6:
            return FaultKind::kDrift;
        case 7:
            return FaultKind::kClockReset;
        case 8:
            return FaultKind::kErrorCode;
        case 10:
            return FaultKind::kWeakBattery;
        default:
            return FaultKind::kNone;
    }
}

std::optional<TimeRange> EpisodeAt(uint64_t seed, uint64_t node, FaultKind kind, Time t) {
    const auto habit = HabitOf(kind);
    if (!habit) return std::nullopt;
    const Duration since = t.time_since_epoch();
    const int64_t period = habit->period.count();
    const int64_t count = (since.count() - (since.count() % period + period) % period) / period;
    const uint64_t bits = Draw(seed ^ Mix64(node), Stream::kFault, static_cast<uint64_t>(count));
    const auto length =
        habit->shortest.count() +
        static_cast<int64_t>(
            Unit(bits) * static_cast<double>((habit->longest - habit->shortest).count())
        );
    const auto wait = static_cast<int64_t>(
        Unit(Mix64(bits)) * static_cast<double>(habit->period.count() - length)
    );
    const Time from{count * habit->period + Duration{wait}};
    const TimeRange episode{from, from + Duration{length}};
    return episode.Contains(t) ? std::optional(episode) : std::nullopt;
}

double Spike(uint64_t seed, uint64_t node, Time measured) {
    const uint64_t bits =
        Draw(seed ^ Mix64(node + 1), Stream::kFault, static_cast<uint64_t>(ToMicros(measured)));
    if (Unit(bits) >= kSpikeChance) return 0.0;
    const double size = 0.06 + 0.14 * Unit(Mix64(bits));
    return (bits & 1) != 0 ? size : -size;
}

double DriftAt(uint64_t seed, uint64_t node, Time t) {
    const double periods = Seconds(t) / kDriftPeriod + Unit(Draw(seed, Stream::kFault, node));
    return kMostDrift * (periods - std::floor(periods));
}

}  // namespace tilth::field
