// Any CSV file, read by a mapping (codec/csv_mapping.h). It is never recognised by itself: what its
// columns mean must be said.
//
// Fields are those of RFC 4180: in double quotes where they hold a delimiter, a quote or a line
// end. An empty cell is no reading; a missing marker and "NaN" are missing readings; what else is
// no number is a bad cell.
#pragma once

#include "codec/import_format.h"

namespace tilth::codec {

extern const ImportFormat kCsv;

}  // namespace tilth::codec
