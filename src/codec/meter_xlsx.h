// METER ZL6 loggers, the spreadsheet that the vendor's cloud exports: sheets "Processed Data
// Configuration N" (vendor values), "Raw Data Configuration N" (counts, hidden) and "Metadata"
// (serial number, place, time zone).
//
// Port, probe and quantity with its unit stand in three header rows; depths are not in the file, so
// that channels
// ("p2_teros12_vwc_m3m3", as in codec/meter_csv.h without the depth) are told apart by their port
// until a site file gives the depth. The zone is the file's own unless the import names another.
// The file is one block.
#pragma once

#include "codec/import_format.h"

namespace tilth::codec {

extern const ImportFormat kMeterXlsx;

}  // namespace tilth::codec
