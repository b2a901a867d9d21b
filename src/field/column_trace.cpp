#include "field/column_trace.h"

#include "field/noise.h"

namespace tilth::field {

const HourForcing& ForcingTrace::At(size_t hour) {
    while (hours_.size() <= hour) {
        const Time begin = epoch_ + std::chrono::hours{hours_.size()};
        const Time middle = begin + std::chrono::minutes{30};
        const WeatherSample weather = weather_.At(middle);
        hours_.push_back(
            {weather_.Rain(begin, begin + std::chrono::hours{1}),
             weather.air_temperature,
             PriestleyTaylor(weather.solar_radiation, weather.air_temperature),
             weather.solar_radiation,
             weather_.Summer(Seconds(middle))}
        );
    }
    return hours_[hour];
}

ColumnTrace::ColumnTrace(const SoilColumn& column, double panel)
    : column_(column), panel_(panel), checkpoints_{{InitialWater(column), Battery{}}} {}

void ColumnTrace::Step(State& state, const HourForcing& hour) const {
    StepWater(column_, hour, state.water);
    state.battery.StepHour(hour.radiation, panel_);
}

ColumnSample ColumnTrace::At(size_t hour, ForcingTrace& forcing) {
    const size_t number = hour / kBlock;
    for (const Block& block : blocks_) {
        if (block.number == number) return block.hours[hour % kBlock];
    }
    return Load(number, forcing).hours[hour % kBlock];
}

const ColumnTrace::Block& ColumnTrace::Load(size_t number, ForcingTrace& forcing) {
    while (checkpoints_.size() <= number + 1) {
        State state = checkpoints_.back();
        const size_t first = (checkpoints_.size() - 1) * kBlock;
        for (size_t hour = first; hour < first + kBlock; ++hour) Step(state, forcing.At(hour));
        checkpoints_.push_back(state);
    }
    Block& block = blocks_[oldest_];
    oldest_ = 1 - oldest_;
    block.number = number;
    block.hours.resize(kBlock);
    State state = checkpoints_[number];
    for (size_t i = 0; i < kBlock; ++i) {
        for (size_t layer = 0; layer < kLayers; ++layer) {
            block.hours[i].theta[layer] = static_cast<float>(state.water.theta[layer]);
        }
        block.hours[i].charge = static_cast<float>(state.battery.charge);
        Step(state, forcing.At(number * kBlock + i));
    }
    return block;
}

}  // namespace tilth::field
