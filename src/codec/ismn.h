// Station files of the International Soil Moisture Network, in both of its text formats. Times are
// UTC.
//
// header+values: one line `CSE network station latitude longitude elevation depth_from depth_to
// sensor`, then `YYYY/MM/DD HH:MM value ISMN_flag [provider_flag]`. CEOP: no header, each row
// `nominal_date time actual_date time CSE network station latitude longitude elevation from to
// value flag [flag]`; the nominal time is taken, as in the other format. The variable stands in the
// file's name (CSE_network_station_VARIABLE_from_to_sensor_begin_end.stm). Names without it are of
// the years when the network had soil moisture alone, in m3/m3. The network's flags stay in the
// kept bytes and are not taken over. A layer from 0.1 to 0.3 m is put at its middle and has the
// label "0.1-0.3m"; a sensor's instance ("5TM-A") is a label too.
#pragma once

#include "codec/import_format.h"

namespace tilth::codec {

extern const ImportFormat kIsmnHeaderValues;
extern const ImportFormat kIsmnCeop;

}  // namespace tilth::codec
