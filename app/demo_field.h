// The demonstration field: what a site file and two years of logger files would be, for the
// emulated field that `tilth up` publishes live.
#pragma once

#include "base/time.h"
#include "field/field.h"

#include <string>

namespace tilth::app {

/// The demonstration field with `nodes` soil nodes; node 3 sends raw counts, which the site file
/// calibrates.
field::FieldConfig DemoField(uint32_t nodes, uint64_t seed);

/// The site file of a field: every thing labelled as emulated, with location, sensors, units and
/// derived datastreams.
std::string DemoSite(const field::Field& field);

/// A node's hourly readings of [range.from, range.to) as a logger would have written them: CSV,
/// times in UTC.
std::string DemoHistory(field::Field& field, uint64_t node, TimeRange range);
/// The mapping (codec/csv_mapping.h) of that file.
std::string DemoHistoryMapping(const field::Field& field, uint64_t node);

}  // namespace tilth::app
