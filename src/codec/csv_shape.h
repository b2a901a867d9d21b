// What kind of table some lines of text are: delimiter, decimal sign, header. Internal to the
// module.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// The fields of a line, trimmed.
using CsvRow = std::vector<std::string>;

struct CsvShape {
    char delimiter = ',';
    char decimal = '.';
    std::vector<CsvRow> rows;  ///< All lines.
    size_t first_data = 0;     ///< Index of the first row of values.
    size_t width = 0;
    bool header = false;
};

/// The shape of which most lines are, looking at the first 200; width is below 2 when they are no
/// table.
CsvShape FindCsvShape(std::string_view text);
/// Finds the decimal sign and the first row of which half or more are numbers and times; false when
/// there is none.
bool FindCsvData(CsvShape& shape);
/// Index of the line that names the columns: the first of full width before the data. Without one,
/// the first row of data, and header stays false.
size_t FindCsvHeader(CsvShape& shape);

/// A number with that decimal sign.
bool IsCsvNumber(std::string text, char decimal);

}  // namespace tilth::codec
