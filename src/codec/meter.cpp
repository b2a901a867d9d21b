#include "codec/meter.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tilth::codec {
namespace {

constexpr std::array<MeterQuantity, 8> kQuantities{{
    {"matric_kPa", "matric_potential", "kPa"},
    {"soil_temp_C", "soil_temperature", "Cel"},
    {"vwc_m3m3", "volumetric_water_content", "m3/m3"},
    {"ec", "", "mS/cm"},
    {"batt_pct", "battery_percent", "%"},
    {"batt_mV", "battery_voltage", "mV"},
    {"press_kPa", "barometric_pressure", "kPa"},
    {"logger_temp_C", "logger_temperature", "Cel"},
}};

bool IsDigit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes "_50acm" off the end of a name: depth 0.5 and label "a".
void TakeDepth(std::string_view& name, MeterColumn& column) {
    const size_t underscore = name.rfind('_');
    if (underscore == std::string_view::npos || !name.ends_with("cm")) return;
    std::string_view tail = name.substr(underscore + 1);
    tail.remove_suffix(2);
    double centimetres = 0;
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), centimetres);
    const std::string_view label = tail.substr(static_cast<size_t>(end - tail.data()));
    if (error != std::errc{} || !(centimetres >= 0 && centimetres < 1e5) || label.size() > 1)
        return;
    column.depth = centimetres / 100;
    column.label = label;
    name = name.substr(0, underscore);
}

}  // namespace

const MeterQuantity* FindMeterQuantity(std::string_view name) {
    const auto found = std::ranges::find(kQuantities, name, &MeterQuantity::name);
    return found == kQuantities.end() ? nullptr : &*found;
}

std::optional<MeterColumn> ParseMeterColumn(std::string_view name) {
    MeterColumn column;
    column.name = name;
    std::string_view rest = name;
    if (rest.starts_with("raw_")) {
        column.raw = true;
        rest.remove_prefix(4);
    }
    const size_t after_port = rest.find('_');
    if (after_port == std::string_view::npos || after_port < 2 || after_port > 4)
        return std::nullopt;
    column.port = rest.substr(0, after_port);
    if (column.port[0] != 'p' || !std::ranges::all_of(column.port.substr(1), IsDigit))
        return std::nullopt;
    rest.remove_prefix(after_port + 1);
    const size_t after_sensor = rest.find('_');
    if (after_sensor == std::string_view::npos || after_sensor == 0) return std::nullopt;
    column.sensor = rest.substr(0, after_sensor);
    rest.remove_prefix(after_sensor + 1);
    TakeDepth(rest, column);
    column.quantity = FindMeterQuantity(rest);
    if (column.quantity == nullptr) return std::nullopt;
    return column;
}

BlockColumn MakeBlockColumn(const MeterColumn& column, std::string_view thing, uint32_t index) {
    BlockColumn block;
    block.thing = thing;
    block.channel = column.name;
    block.property = column.raw ? column.name : column.quantity->property;
    block.unit = column.raw ? "" : column.quantity->unit;
    block.depth = column.depth;
    block.label = column.label;
    block.sensor = column.sensor;
    block.column = index;
    const bool thermometer = block.property == "soil_temperature";
    if (thermometer &&
        (column.sensor == "teros21" || column.sensor == "teros22" || column.sensor == "mps6")) {
        block.label = fmt::format("{}{}", column.sensor, column.label);
    }
    return block;
}

void TellApart(std::vector<std::pair<MeterColumn, BlockColumn>>& columns) {
    const auto name = [](const BlockColumn& block) {
        return NameOf(block.thing, block.property, block.depth, block.label);
    };
    std::vector<std::string> names;
    for (const auto& [column, block] : columns) names.push_back(name(block));
    for (size_t i = 0; i < columns.size(); ++i) {
        if (std::ranges::count(names, names[i]) > 1)
            columns[i].second.label += columns[i].first.port;
    }
}

std::string_view MeterSerial(std::string_view file) {
    for (size_t at = file.find("z6-"); at != std::string_view::npos;
         at = file.find("z6-", at + 1)) {
        size_t end = at + 3;
        while (end < file.size() && IsDigit(file[end])) ++end;
        if (end > at + 5) return file.substr(at, end - at);
    }
    return {};
}

Status CheckColumnChoice(std::string_view columns) {
    if (columns == kProcessedColumns || columns == kRawColumns || columns == kBothColumns)
        return {};
    return Fail(
        Fault::kBadInput,
        "\"{}\" is no choice of columns; there are processed, raw and both",
        Printable(columns)
    );
}

}  // namespace tilth::codec
