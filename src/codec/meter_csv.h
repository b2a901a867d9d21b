// METER ZL6 loggers, one CSV table with the vendor's values and the raw counts beside each other:
// time_processed, time_raw, ec_kind, pN_SENSOR_QUANTITY_DEPTHcm ..., raw_pN_...
//
// Times are the logger's wall clock, so that the import must name the zone. time_processed is the
// time of the vendor's values, time_raw that of the counts (they differ where a clock lost its
// time). ec_kind says row by row whether the EC columns are of the saturation extract ("satext") or
// of the bulk soil ("bulk"): two properties, two datastreams.
// "#N/A" is a sensor error: a missing reading. Raw counts are kept as they are, 65534 (error) too.
#pragma once

#include "codec/import_format.h"

namespace tilth::codec {

extern const ImportFormat kMeterCsv;

}  // namespace tilth::codec
