#include "qc/companions.h"

#include <algorithm>
#include <cmath>

namespace tilth::qc {
namespace {

constexpr TestSet NoMeasurement() {
    TestSet tests;
    for (const TestNumber number :
         {TestNumber::kClock, TestNumber::kSentinel, TestNumber::kC01, TestNumber::kC02}) {
        tests.Add(static_cast<int>(number));
    }
    return tests;
}

bool Covers(const SeriesState& state, Time time, Duration tolerance) {
    if (!state.loaded()) return false;
    if (state.known_from() <= time - tolerance) return true;
    const auto rows = state.rows();
    return std::ranges::any_of(rows, [time](const Observation& row) {
        return row.time <= time && IsMeasurement(row);
    });
}

void Join(
    std::span<const Observation> rows,
    Duration tolerance,
    std::span<const Time> times,
    std::span<double> value,
    std::span<Time> when
) {
    const Observation* latest = nullptr;
    size_t next = 0;
    for (size_t i = 0; i < times.size(); ++i) {
        for (; next < rows.size() && rows[next].time <= times[i]; ++next) {
            if (IsMeasurement(rows[next])) latest = &rows[next];
        }
        const bool near = latest != nullptr && times[i] - latest->time <= tolerance;
        value[i] = near ? latest->value : std::numeric_limits<double>::quiet_NaN();
        when[i] = near ? latest->time : Time{};
    }
}

}  // namespace

bool IsMeasurement(const Observation& row) {
    return row.counts && !std::isnan(row.value) &&
           (row.objected.bits() & NoMeasurement().bits()) == 0;
}

Status LookUpCompanion(
    const CompanionUse& use,
    const SeriesState* resident,
    RowSource& source,
    std::span<const Time> times,
    std::span<double> value,
    std::span<Time> when
) {
    if (times.empty()) return {};
    if (resident != nullptr && Covers(*resident, times.front(), use.tolerance)) {
        Join(resident->rows(), use.tolerance, times, value, when);
        return {};
    }
    const TimeRange range{times.front() - use.tolerance, times.back() + Duration{1}};
    TILTH_TRY(const auto rows, source.CompanionRows(use.id, range));
    Join(rows, use.tolerance, times, value, when);
    return {};
}

}  // namespace tilth::qc
