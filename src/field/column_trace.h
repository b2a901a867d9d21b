// The hours of soil columns since an epoch: stepped once, forward, and kept so that any hour can be
// asked for.
#pragma once

#include "field/node.h"
#include "field/soil_column.h"
#include "field/weather.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tilth::field {

/// The weather of every hour since the epoch, as the soil needs it; made when first asked for and
/// kept (1 kB a day). Not thread-safe.
class ForcingTrace {
  public:
    ForcingTrace(const Weather& weather, Time epoch) : weather_(weather), epoch_(epoch) {}

    /// The hour that begins `hour` hours after the epoch.
    const HourForcing& At(size_t hour);

  private:
    Weather weather_;
    Time epoch_;
    std::vector<HourForcing> hours_;
};

/// One column at the start of one hour.
struct ColumnSample {
    std::array<float, kLayers> theta;  ///< m3/m3
    float charge;                      ///< Of the battery of the node above it, 0 to 1.
};

/// A column and the battery of its node, hour by hour. Keeps a checkpoint of every kBlock hours and
/// the two blocks used last: memory is about 12 kB and grows by 5 bytes a day. The value of an
/// hour does not depend on the order of questions. Not thread-safe.
class ColumnTrace {
  public:
    /// `panel`: see Battery::StepHour.
    ColumnTrace(const SoilColumn& column, double panel);

    const SoilColumn& Column() const { return column_; }
    /// At the start of an hour. The first question for a late hour steps all hours before it, about
    /// 0.2 us each.
    ColumnSample At(size_t hour, ForcingTrace& forcing);

  private:
    static constexpr size_t kBlock = 256;
    struct State {
        SoilWater water;
        Battery battery;
    };
    struct Block {
        size_t number = SIZE_MAX;
        std::vector<ColumnSample> hours;
    };

    const Block& Load(size_t number, ForcingTrace& forcing);
    void Step(State& state, const HourForcing& hour) const;

    SoilColumn column_;
    double panel_;
    std::vector<State> checkpoints_;  ///< At the start of block 0, 1, ...; never empty.
    std::array<Block, 2> blocks_;
    size_t oldest_ = 0;
};

}  // namespace tilth::field
