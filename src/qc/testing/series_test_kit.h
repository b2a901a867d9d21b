// What the engine's tests share: datastreams, readings, and a series that is fed and looked at.
#pragma once

#include "qc/profiles.h"
#include "qc/testing/memory_series.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::qc {

inline constexpr Time kMarch = std::chrono::sys_days{std::chrono::year{2025} / 3 / 1};
inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// A datastream of "node" at 0.05 m with hourly readings, in the property's own unit.
inline Datastream HourlyStream(std::string property, std::string profile) {
    Datastream stream;
    stream.thing = "node";
    stream.property = std::move(property);
    const ObservedProperty* known = FindProperty(stream.property);
    if (known != nullptr) stream.unit = known->unit;
    stream.depth = 0.05;
    stream.name = NameOf(stream.thing, stream.property, stream.depth, "");
    stream.id = IdOf(stream.name);
    stream.cadence = std::chrono::hours{1};
    stream.profile = std::move(profile);
    return stream;
}

/// A live reading `hour` hours after kMarch that arrived at once.
inline Arrival Reading(double hour, double value, Sequence sequence = 1) {
    Arrival reading;
    reading.time = kMarch + Duration{std::llround(hour * 3.6e9)};
    reading.value = value;
    reading.raw_value = value;
    reading.raw.sequence = sequence;
    reading.received_at = reading.time;
    return reading;
}

/// A stored series with its engine; every output is written and checked.
struct FedSeries {
    explicit FedSeries(const Datastream& stream, const ProfileSet& profiles = ProfileSet::BuiltIn())
        : checker(profiles.Compile(stream, {}).value()) {}

    void Feed(std::vector<Arrival> readings) {
        const auto applied = engine.Apply(checker, readings, Around(), state, out);
        ASSERT_TRUE(applied) << applied.error().message;
        ASSERT_EQ(stored.Write(out), "");
    }
    void Recompute(TimeRange range) {
        ASSERT_TRUE(engine.Recompute(checker, range, Around(), state, out));
        ASSERT_EQ(stored.Write(out), "");
    }
    Surroundings Around() { return {stored, {}, manual}; }
    const Observation& At(double hour) const {
        const Time time = Reading(hour, 0).time;
        return *std::ranges::find(stored.rows(), time, &Observation::time);
    }
    bool Objected(double hour, TestNumber test) const {
        return At(hour).objected.Has(static_cast<int>(test));
    }

    Checker checker;
    MemorySeries stored;
    Engine engine;
    SeriesState state;
    SeriesOutput out;
    std::vector<ManualFlag> manual;
};

}  // namespace tilth::qc
