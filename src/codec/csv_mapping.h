// A description, in YAML, of what the columns of any CSV file mean.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// What one column is.
struct CsvColumn {
    std::string
        column;  ///< Its name in the header line, or "#3" for the third when there is no header.
    std::string thing;  ///< Empty: CsvMapping::thing
    std::string property;
    std::optional<double> depth;  ///< Metres, positive down.
    std::string label;
    std::string unit;  ///< UCUM; checked.
    std::string sensor;
};

struct CsvMapping {
    char delimiter = ',';
    int skip_lines = 0;                     ///< Lines before the header line.
    bool header = true;                     ///< The next line has the names of the columns.
    int units_lines = 0;                    ///< Lines after the header line that are no data.
    std::vector<std::string> time_columns;  ///< Joined by one space before time_format reads them.
    /// Empty: RFC 3339 or "2025-05-01 06:00[:00]". Else the parts %Y %m %d %j %H %M %S %y %s
    /// (seconds since 1970), %K (hour and minute as 100..2400), other characters for themselves.
    std::string time_format;
    /// As ParseTimeZone reads it, or "own": every time carries its own zone. Empty: the import
    /// names it.
    std::string time_zone;
    std::vector<std::string>
        missing;         ///< What says there is no value: "NA"; a number, "-9999", in any form
    char decimal = '.';  ///< Or ','.
    std::string thing;   ///< Empty: the import names it.
    std::vector<CsvColumn> columns;
};

/// kBadInput naming the line: unknown keys (with a suggestion), unknown units, and every `?` that
/// is still to be filled in, with what to write there.
Result<CsvMapping> ParseCsvMapping(std::string_view yaml);

/// A mapping for a person to complete, made from the first lines of a file: delimiter, header, time
/// columns and the columns of numbers. Zone and units that the file does not say are written as
/// `?`, which ParseCsvMapping refuses. kBadInput when the lines are no table with a time.
Result<std::string> GuessMapping(std::string_view first_lines);

}  // namespace tilth::codec
