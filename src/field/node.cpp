#include "field/node.h"

#include "field/noise.h"

#include <algorithm>
#include <cmath>

namespace tilth::field {
namespace {

constexpr double kCapacity = 12.0;     // Wh
constexpr double kLoad = 0.022;        // W
constexpr double kPanelRating = 0.70;  // W at 1000 W/m2

Duration Part(double unit, Duration whole) {
    return Duration{static_cast<int64_t>(unit * static_cast<double>(whole.count()))};
}

}  // namespace

void Battery::StepHour(double radiation, double panel) {
    const double gained = kPanelRating * panel * radiation / 1000.0;
    charge = std::clamp(charge + (gained - kLoad) / kCapacity, 0.02, 1.0);
}

double BatteryVoltage(double charge, double radiation) {
    // A flat middle and two steep ends, as such cells have.
    const double edge =
        0.25 * (1.0 - std::exp(-charge / 0.05)) + 0.15 * std::exp((charge - 1.0) / 0.06);
    return 3.30 + edge + 0.45 * charge + 0.05 * std::min(radiation, 600.0) / 600.0;
}

Duration ClockError(uint64_t seed, uint64_t node, Time t) {
    const uint64_t bits = Draw(seed, Stream::kClock, node);
    const double rate = 20e-6 * Signed(bits);
    const double week = 7.0 * 86'400.0;
    const double weeks = Seconds(t) / week + Unit(Mix64(bits));
    const double since_set = (weeks - std::floor(weeks)) * week;
    return Duration{static_cast<int64_t>(rate * since_set * 1e6)};
}

void Radio(uint64_t seed, const RadioQuality& quality, Time ready, Transmission& transmission) {
    const uint64_t bits =
        Draw(seed ^ Mix64(transmission.node), Stream::kRadio, transmission.sequence);
    const double fate = Unit(bits);
    transmission.sent = ready;
    transmission.lost = fate < quality.lost;
    if (!transmission.lost && fate < quality.lost + quality.late) {
        transmission.sent = ready + Part(Unit(Mix64(bits)), kMostLate);
    }
    if (!transmission.lost && Unit(Mix64(bits + 1)) < quality.duplicate) {
        transmission.copies = 2;
        const Duration pause =
            std::chrono::seconds{2} + Part(Unit(Mix64(bits + 2)), std::chrono::seconds{18});
        transmission.sent_again = transmission.sent + pause;
    }
}

}  // namespace tilth::field
