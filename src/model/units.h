// Units of measurement, by UDUNITS-2, with UCUM names at the border.
#pragma once

#include "base/result.h"

#include <memory>
#include <string_view>

namespace tilth {

/// A linear map between two units: to = from * factor + offset.
struct UnitConversion {
    double factor = 1;
    double offset = 0;
    double Apply(double value) const { return value * factor + offset; }
    bool Identity() const { return factor == 1 && offset == 0; }
};

/// kBadInput when a unit is unknown or the two measure different things. Names may be UCUM ("Cel",
/// "m3/m3", "uS/cm",
/// "[degF]") or UDUNITS ("degC"). The same pair always gives the same conversion. Thread-safe.
Result<UnitConversion> ConvertUnits(std::string_view from, std::string_view to);

/// kBadInput when the unit is unknown.
Status CheckUnit(std::string_view unit);

}  // namespace tilth
