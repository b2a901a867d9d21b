#include "codec/csv_shape.h"

#include "codec/block_builder.h"
#include "codec/text_rows.h"
#include "codec/wall_time.h"

#include <algorithm>

namespace tilth::codec {
namespace {

constexpr size_t kMostLines = 200;

std::vector<CsvRow> SplitLines(std::string_view text, char delimiter) {
    std::vector<CsvRow> rows;
    LineReader lines(text, 1, true);
    std::string_view line;
    uint64_t number = 0;
    std::vector<std::string_view> fields;
    std::vector<std::string> scratch;
    while (rows.size() < kMostLines && lines.Next(line, number)) {
        SplitQuoted(line, delimiter, fields, scratch);
        CsvRow& row = rows.emplace_back();
        for (const std::string_view field : fields) row.emplace_back(Trim(field));
    }
    return rows;
}

/// The width that most rows have.
size_t CommonWidth(const std::vector<CsvRow>& rows, size_t& how_many) {
    size_t width = 0;
    how_many = 0;
    for (const CsvRow& row : rows) {
        const auto same = static_cast<size_t>(std::ranges::count_if(rows, [&](const CsvRow& other) {
            return other.size() == row.size();
        }));
        if (same > how_many) {
            how_many = same;
            width = row.size();
        }
    }
    return width;
}

/// Numbers and times in a row: the more, the more it is data.
size_t Values(const CsvRow& row, char decimal) {
    const TimeZone utc;
    return static_cast<size_t>(std::ranges::count_if(row, [&](const std::string& field) {
        return IsCsvNumber(field, decimal) || ParseFileTime(field, &utc).has_value();
    }));
}

}  // namespace

bool IsCsvNumber(std::string text, char decimal) {
    double value = 0;
    if (decimal == ',') std::ranges::replace(text, ',', '.');
    return ReadNumber(text, value);
}

CsvShape FindCsvShape(std::string_view text) {
    CsvShape best;
    size_t best_score = 0;
    for (const char delimiter : {',', ';', '\t', '|'}) {
        CsvShape shape;
        shape.delimiter = delimiter;
        shape.rows = SplitLines(text, delimiter);
        size_t how_many = 0;
        shape.width = CommonWidth(shape.rows, how_many);
        const size_t score = shape.width < 2 ? 0 : how_many * shape.width;
        if (score > best_score) {
            best_score = score;
            best = std::move(shape);
        }
    }
    return best;
}

bool FindCsvData(CsvShape& shape) {
    size_t with_comma = 0;
    size_t with_point = 0;
    for (const CsvRow& row : shape.rows) {
        with_comma += Values(row, ',');
        with_point += Values(row, '.');
    }
    if (shape.delimiter != ',' && with_comma > with_point) shape.decimal = ',';
    for (; shape.first_data < shape.rows.size(); ++shape.first_data) {
        const CsvRow& row = shape.rows[shape.first_data];
        if (row.size() == shape.width && Values(row, shape.decimal) * 2 >= shape.width) return true;
    }
    return false;
}

size_t FindCsvHeader(CsvShape& shape) {
    for (size_t i = 0; i < shape.first_data; ++i) {
        if (shape.rows[i].size() == shape.width) {
            shape.header = true;
            return i;
        }
    }
    return shape.first_data;
}

}  // namespace tilth::codec
