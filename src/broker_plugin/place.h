// A place in the journal, across runs.
#pragma once

#include "broker_plugin/coverage.h"
#include "broker_plugin/record.h"

#include <algorithm>
#include <cstdint>

namespace tilth::broker_plugin {

/// Behind all runs before `run`, and in it behind `mark`. Numbers of runs rise with time.
struct Place {
    uint64_t run = 0;
    Mark mark;

    /// Whether a record of that run stands behind this place.
    bool IsBefore(uint64_t its_run, const Record& record) const noexcept {
        if (its_run != run) return its_run > run;
        return record.counter > (record.qos == 2 ? mark.exactly_once : mark.all);
    }

    /// Whether this place is the other or behind it.
    bool Reaches(const Place& other) const noexcept {
        return run != other.run ? run > other.run : mark.all >= other.mark.all;
    }

    friend bool operator==(const Place&, const Place&) = default;
};

/// The later of two; of one run, the higher of each mark.
inline Place Later(const Place& a, const Place& b) noexcept {
    if (a.run != b.run) return a.run > b.run ? a : b;
    return {
        a.run,
        {std::max(a.mark.all, b.mark.all), std::max(a.mark.exactly_once, b.mark.exactly_once)}};
}

}  // namespace tilth::broker_plugin
