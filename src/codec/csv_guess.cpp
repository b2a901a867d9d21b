// GuessMapping of codec/csv_mapping.h: what the first lines of a table show, and questions where
// they do not.
#include "base/append.h"
#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/csv_mapping.h"
#include "codec/csv_shape.h"
#include "codec/json_text.h"
#include "codec/wall_time.h"
#include "model/datastream.h"
#include "model/units.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tilth::codec {
namespace {

constexpr std::array<std::string_view, 7> kMissingMarkers{
    "NA", "N/A", "#N/A", "NULL", "null", "-", "--"};

template <class Predicate>
bool MostRows(const CsvShape& shape, size_t column, Predicate holds) {
    size_t count = 0;
    size_t rows = 0;
    for (size_t i = shape.first_data; i < shape.rows.size(); ++i) {
        if (shape.rows[i].size() != shape.width) continue;
        ++rows;
        if (holds(shape.rows[i][column])) ++count;
    }
    return count * 2 > rows;
}

struct TimeGuess {
    std::vector<size_t> columns;
    std::string format;  ///< "?" when day and month cannot be told apart.
    bool own_zone = false;
};

/// "%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M" when one number above 12 tells, "?" when none does.
std::string SlashFormat(const CsvShape& shape, size_t column) {
    for (const std::string_view format :
         {"%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"}) {
        std::string other(format);
        std::swap(other[1], other[4]);
        const TimeZone utc;
        const auto fits = [&](std::string_view f) {
            return std::ranges::all_of(
                shape.rows.begin() + static_cast<std::ptrdiff_t>(shape.first_data),
                shape.rows.end(),
                [&](const CsvRow& row) {
                    return row.size() != shape.width || ParseFormattedTime(row[column], f, &utc);
                }
            );
        };
        const bool day_first = fits(format);
        const bool month_first = format[2] == '/' && fits(other);
        if (day_first && month_first) return "?";
        if (day_first) return std::string(format);
        if (month_first) return other;
    }
    return {};
}

size_t Named(const CsvRow& names, std::initializer_list<std::string_view> wanted) {
    for (size_t i = 0; i < names.size(); ++i) {
        std::string lower = names[i];
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        });
        if (std::ranges::find(wanted, lower) != wanted.end()) return i;
    }
    return SIZE_MAX;
}

TimeGuess FindTime(const CsvShape& shape, const CsvRow& names) {
    const TimeZone utc;
    for (size_t column = 0; column < shape.width; ++column) {
        const auto is_time = [&](const std::string& field) {
            return !IsCsvNumber(field, shape.decimal) && ParseFileTime(field, &utc).has_value();
        };
        const auto has_zone = [&](const std::string& field) {
            return ParseFileTime(field, nullptr).has_value();
        };
        if (MostRows(shape, column, is_time))
            return {{column}, "", MostRows(shape, column, has_zone)};
        if (std::string format = SlashFormat(shape, column); !format.empty())
            return {{column}, std::move(format), false};
    }
    const size_t year = Named(names, {"year", "yyyy"});
    const size_t day_of_year = Named(names, {"doy", "jday", "julian_day", "day_of_year"});
    const size_t hour = Named(names, {"hour", "hhmm", "time"});
    if (year == SIZE_MAX || day_of_year == SIZE_MAX || hour == SIZE_MAX) return {};
    const bool hundreds = MostRows(shape, hour, [](const std::string& field) {
        return field.ends_with("00") || field.size() > 2;
    });
    return {{year, day_of_year, hour}, hundreds ? "%Y %j %K" : "%Y %j %H", false};
}

/// The text between the last brackets of a name, or what a units line says, when it is a unit.
std::string UnitOf(const CsvShape& shape, size_t header_row, size_t column) {
    std::vector<std::string> candidates;
    const std::string& name = shape.rows[header_row][column];
    const size_t open = name.find_last_of("([");
    const size_t close = name.find_last_of(")]");
    if (open != std::string::npos && close != std::string::npos && close > open) {
        candidates.push_back(name.substr(open + 1, close - open - 1));
    }
    for (size_t i = header_row + 1; i < shape.first_data; ++i) {
        if (shape.rows[i].size() == shape.width) candidates.push_back(shape.rows[i][column]);
    }
    for (const std::string& text : candidates) {
        // "C" and "F" are coulomb and farad, and hardly ever meant: a person must say.
        if (text == "\u00b0C") return "Cel";
        if (text.size() > 1 || text == "%") {
            if (CheckUnit(text)) return text;
        }
    }
    return {};
}

/// Centimetres before "cm" in a name, as metres.
std::optional<double> DepthOf(std::string_view name) {
    for (size_t at = name.find("cm"); at != std::string_view::npos; at = name.find("cm", at + 1)) {
        size_t begin = at;
        while (begin > 0 &&
               ((name[begin - 1] >= '0' && name[begin - 1] <= '9') || name[begin - 1] == '.'))
            --begin;
        double centimetres = 0;
        if (begin < at && ReadNumber(name.substr(begin, at - begin), centimetres))
            return centimetres / 100;
    }
    return std::nullopt;
}

void WriteColumn(std::string& yaml, const CsvShape& shape, size_t header_row, size_t column) {
    const std::string name = shape.header && !shape.rows[header_row][column].empty()
                                 ? shape.rows[header_row][column]
                                 : fmt::format("#{}", column + 1);
    const ChannelMeaning meaning = MeaningOf(name);
    const ObservedProperty* const known = FindProperty(meaning.property);
    const std::string unit = shape.header ? UnitOf(shape, header_row, column) : "";
    const std::optional<double> depth = meaning.depth ? meaning.depth : DepthOf(name);
    const auto text = [&yaml](std::string_view key, std::string_view value) {
        Append(yaml, "{}: ", key);
        AppendJsonString(yaml, value);
    };
    yaml += "  - ";
    text("column", name);
    yaml += "\n    ";
    text("property", meaning.property);
    yaml += "\n    ";
    text("unit", unit.empty() ? "?" : unit);
    if (unit.empty()) Append(yaml, "    # for example {}", known != nullptr ? known->unit : "Cel");
    if (depth) Append(yaml, "\n    depth: {}    # metres", *depth);
    yaml += '\n';
}

void WriteLayout(std::string& yaml, const CsvShape& shape, size_t header_row) {
    Append(
        yaml,
        "delimiter: \"{}\"\n",
        shape.delimiter == '\t' ? "tab" : std::string(1, shape.delimiter)
    );
    if (shape.decimal == ',') yaml += "decimal: \",\"\n";
    if (!shape.header) yaml += "header: false\n";
    const size_t skip = shape.header ? header_row : shape.first_data;
    if (skip > 0) Append(yaml, "skip_lines: {}\n", skip);
    if (shape.header && shape.first_data > header_row + 1) {
        Append(yaml, "units_lines: {}\n", shape.first_data - header_row - 1);
    }
}

void WriteTime(
    std::string& yaml, const CsvShape& shape, const CsvRow& names, const TimeGuess& time
) {
    yaml += "time_columns: [";
    for (size_t i = 0; i < time.columns.size(); ++i) {
        if (i > 0) yaml += ", ";
        AppendJsonString(
            yaml, shape.header ? names[time.columns[i]] : fmt::format("#{}", time.columns[i] + 1)
        );
    }
    yaml += "]\n";
    if (!time.format.empty()) {
        const char* const choice =
            time.format == "?" ? "    # %d/%m/%Y %H:%M or %m/%d/%Y %H:%M" : "";
        Append(yaml, "time_format: \"{}\"{}\n", time.format, choice);
    }
    yaml +=
        time.own_zone
            ? "time_zone: own    # every time carries its zone\n"
            : "time_zone: \"?\"    # Z, -05:00 or Europe/Berlin: the zone of the logger's clock\n";
}

void WriteMissing(std::string& yaml, const CsvShape& shape) {
    std::vector<std::string_view> missing;
    for (const std::string_view marker : kMissingMarkers) {
        const auto has_marker = [&](const CsvRow& row) {
            return std::ranges::find(row, marker) != row.end();
        };
        const auto data = shape.rows.begin() + static_cast<std::ptrdiff_t>(shape.first_data);
        if (std::any_of(data, shape.rows.end(), has_marker)) missing.push_back(marker);
    }
    if (!missing.empty()) Append(yaml, "missing: [\"{}\"]\n", fmt::join(missing, "\", \""));
}

std::string WriteMapping(const CsvShape& shape, size_t header_row, const TimeGuess& time) {
    std::string yaml =
        "# What the columns of the file mean, as far as its first lines show it. Read it through, "
        "correct it, and put\n"
        "# an answer wherever there is a \"?\". Take away columns that are not wanted.\n";
    WriteLayout(yaml, shape, header_row);
    WriteTime(yaml, shape, shape.rows[header_row], time);
    WriteMissing(yaml, shape);
    yaml += "thing: \"?\"    # the name of the logger or node\ncolumns:\n";
    for (size_t column = 0; column < shape.width; ++column) {
        if (std::ranges::find(time.columns, column) != time.columns.end()) continue;
        const auto is_number = [&](const std::string& field) {
            return IsCsvNumber(field, shape.decimal);
        };
        if (MostRows(shape, column, is_number)) WriteColumn(yaml, shape, header_row, column);
    }
    return yaml;
}

}  // namespace

Result<std::string> GuessMapping(std::string_view first_lines) {
    CsvShape shape = FindCsvShape(first_lines);
    if (shape.width < 2 || !FindCsvData(shape)) {
        return Fail(
            Fault::kBadInput,
            "the first lines are no table: no delimiter of , ; | or tab gives columns with numbers"
        );
    }
    const size_t header_row = FindCsvHeader(shape);
    const TimeGuess time = FindTime(shape, shape.rows[header_row]);
    if (time.columns.empty()) {
        return Fail(
            Fault::kBadInput,
            "no column of the first lines has a date and time; write a mapping by hand, see "
            "docs/formats/csv.md"
        );
    }
    return WriteMapping(shape, header_row, time);
}

}  // namespace tilth::codec
