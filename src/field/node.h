// A wireless node: its battery, its clock and its radio.
#pragma once

#include "base/time.h"

#include <cstdint>

namespace tilth::field {

/// A lithium cell of 12 Wh behind a small solar panel.
struct Battery {
    double charge = 0.9;  ///< 0 empty to 1 full.

    /// One hour on: `radiation` in W/m2; `panel` is what the panel gives of its rating (1 clean,
    /// 0.6 dirty).
    void StepHour(double radiation, double panel);
};

/// Voltage in V at a charge (3.3 to 4.2), a little more while the sun charges it.
double BatteryVoltage(double charge, double radiation);

/// How the radio treats messages; parts of 1.
struct RadioQuality {
    double lost = 0.003;       ///< Never arrives.
    double late = 0.006;       ///< Kept by the node and sent up to kMostLate later.
    double duplicate = 0.004;  ///< Sent twice, since the acknowledgement got lost.
};
constexpr Duration kMostLate = std::chrono::hours{2};
constexpr Duration kMostClockError = std::chrono::seconds{15};

/// Clock of the node less true time: drifts by up to 20 parts in a million and is set right once a
/// week. Within kMostClockError.
Duration ClockError(uint64_t seed, uint64_t node, Time t);

/// What becomes of one measurement.
struct Transmission {
    uint64_t node = 0;
    uint64_t sequence = 0;  ///< Counts the node's measurements.
    Time measured;          ///< True moment: what the field was then is what is sent.
    Time stamp;             ///< The same moment by the node's clock, as its message says.
    Time sent;              ///< When its first copy leaves.
    bool lost = false;      ///< Measured, but never arrives.
    int copies = 1;         ///< How often it is sent.
    Time sent_again;        ///< When a second copy leaves; only for copies = 2.
};

/// Decides the fate of a measurement whose message would leave at `ready`; sets sent, lost, copies
/// and sent_again. By seed, node and sequence alone. sent is in [ready, ready + kMostLate], a copy
/// at most 20 s after.
void Radio(uint64_t seed, const RadioQuality& quality, Time ready, Transmission& transmission);

}  // namespace tilth::field
