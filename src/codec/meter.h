// What METER's ZL6 loggers measure, in the vocabulary of both their file formats. Internal to the
// module.
#pragma once

#include "codec/import_format.h"

#include <optional>
#include <string>
#include <string_view>

namespace tilth::codec {

/// A quantity as it stands in a column's name.
struct MeterQuantity {
    std::string_view name;  ///< "vwc_m3m3"
    std::string_view
        property;  ///< ObservedProperty::name; empty for "ec", whose kind is told elsewhere.
    std::string_view unit;  ///< UCUM, of the vendor's values.
};

inline constexpr std::string_view kSaturationExtractEc =
    "saturation_extract_electrical_conductivity";
inline constexpr std::string_view kBulkEc = "bulk_electrical_conductivity";

/// Null when it is none that is known.
const MeterQuantity* FindMeterQuantity(std::string_view name);

/// "[raw_]pN_SENSOR_QUANTITY[_DEPTH[LABEL]cm]" taken apart.
struct MeterColumn {
    bool raw = false;
    std::string_view name;    ///< Whole.
    std::string_view port;    ///< "p2"
    std::string_view sensor;  ///< "teros12"
    const MeterQuantity* quantity = nullptr;
    std::optional<double> depth;
    std::string_view label;
};

/// None when the name is not of that form, or its quantity is not known.
std::optional<MeterColumn> ParseMeterColumn(std::string_view name);

/// Reading it as a column of `thing`. For raw counts property and unit are those of counts: the
/// channel's name, none. The thermometer of a matric potential probe has the probe's name as label,
/// because the same depth mostly has a water content probe with its own.
BlockColumn MakeBlockColumn(const MeterColumn& column, std::string_view thing, uint32_t index);

/// Labels columns that would be one datastream with their port.
void TellApart(std::vector<std::pair<MeterColumn, BlockColumn>>& columns);

/// The serial number of a logger ("z6-19526") in a file name; empty when there is none.
std::string_view MeterSerial(std::string_view file);

/// Refuses a request whose `columns` is none of processed, raw, both.
Status CheckColumnChoice(std::string_view columns);

}  // namespace tilth::codec
