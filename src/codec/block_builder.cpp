#include "codec/block_builder.h"

#include "base/text.h"

#include <charconv>
#include <cmath>

namespace tilth::codec {

bool ReadNumber(std::string_view field, double& value) {
    if (field.starts_with('+') && field.size() > 1 && field[1] != '-') field.remove_prefix(1);
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return error == std::errc{} && end == field.data() + field.size() && std::isfinite(value);
}

bool IsNan(std::string_view field) {
    return field.size() == 3 && (field[0] | 0x20) == 'n' && (field[1] | 0x20) == 'a' &&
           (field[2] | 0x20) == 'n';
}

size_t BlockBuilder::AddColumn(BlockColumn column, size_t rows) {
    column.times.reserve(rows);
    column.values.reserve(rows);
    column.rows.reserve(rows);
    readings_.columns.push_back(std::move(column));
    return readings_.columns.size() - 1;
}

void BlockBuilder::AddThing(Thing thing) {
    for (const Thing& known : readings_.things) {
        if (known.name == thing.name) return;
    }
    thing.device = thing.name;
    readings_.things.push_back(std::move(thing));
}

void BlockBuilder::Bad(
    uint64_t line, std::string_view column, std::string_view field, std::string_view reason
) {
    ++readings_.bad_count;
    if (readings_.bad.size() >= kMaxBadCells) return;
    readings_.bad.push_back({line, Printable(column), Printable(field), std::string(reason)});
}

void BlockBuilder::AddNumber(
    size_t column, uint32_t row, uint64_t line, Time time, std::string_view field
) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (field.empty()) return;
    if (!ReadNumber(field, value) && !IsNan(field)) {
        return Bad(line, readings_.columns[column].channel, field, "expected a number");
    }
    Add(column, row, time, std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value);
}

BlockReadings BlockBuilder::Take() {
    std::erase_if(readings_.columns, [](const BlockColumn& column) {
        return column.values.empty();
    });
    return std::move(readings_);
}

}  // namespace tilth::codec
