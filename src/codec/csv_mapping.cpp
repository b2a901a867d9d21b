#include "codec/csv_mapping.h"

#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/wall_time.h"
#include "codec/yaml_section.h"
#include "model/datastream.h"
#include "model/units.h"

#include <algorithm>
#include <array>
#include <set>

namespace tilth::codec {
namespace {

constexpr std::string_view kOpen = "?";  ///< What a person has still to fill in.
constexpr double kDeepest = 1000;
constexpr int kMostHeadLines = 1000;

struct NamedDelimiter {
    std::string_view name;
    char delimiter;
};
constexpr std::array<NamedDelimiter, 5> kDelimiters{
    {{",", ','}, {";", ';'}, {"tab", '\t'}, {"|", '|'}, {"space", ' '}}};

class MappingReader {
  public:
    Result<CsvMapping> Read(const YAML::Node& root) {
        const YamlSection top(
            errors_,
            root,
            "a CSV mapping",
            {"delimiter",
             "decimal",
             "skip_lines",
             "header",
             "units_lines",
             "time_columns",
             "time_format",
             "time_zone",
             "missing",
             "thing",
             "columns"}
        );
        ReadLayout(top);
        ReadTime(top);
        mapping_.missing = top.Texts("missing");
        if (top.Has("thing"))
            mapping_.thing = Filled(top, "thing", "the name of the logger or node");
        for (const YAML::Node& node : top.List("columns")) ReadColumn(node);
        if (mapping_.columns.empty())
            top.Complain("columns", "a CSV mapping needs \"columns\", the values to read");
        if (!errors_.Empty()) return std::unexpected(errors_.status().error());
        return std::move(mapping_);
    }

  private:
    void ReadLayout(const YamlSection& top) {
        const std::string delimiter = top.Text("delimiter", ",");
        const auto found = std::ranges::find(kDelimiters, delimiter, &NamedDelimiter::name);
        if (found != kDelimiters.end()) {
            mapping_.delimiter = found->delimiter;
        } else {
            top.Complain(
                "delimiter",
                "the delimiter is \"{}\"; expected , ; | tab or space",
                Printable(delimiter)
            );
        }
        const std::string decimal = top.Text("decimal", ".");
        if (decimal != "." && decimal != ",") top.Complain("decimal", "the decimal sign is . or ,");
        mapping_.decimal = decimal == "," ? ',' : '.';
        if (mapping_.decimal == mapping_.delimiter) {
            top.Complain("decimal", "the comma cannot be the delimiter and the decimal sign");
        }
        mapping_.skip_lines =
            static_cast<int>(top.Whole("skip_lines", 0, kMostHeadLines).value_or(0));
        mapping_.units_lines =
            static_cast<int>(top.Whole("units_lines", 0, kMostHeadLines).value_or(0));
        mapping_.header = top.Truth("header", true);
    }

    void ReadTime(const YamlSection& top) {
        mapping_.time_columns = top.Texts("time_columns");
        if (mapping_.time_columns.empty()) {
            top.Complain(
                "time_columns",
                "a CSV mapping needs \"time_columns\", the columns with date and time"
            );
        }
        if (top.Has("time_format")) {
            mapping_.time_format = Filled(
                top, "time_format", "the order of the parts, for example \"%d/%m/%Y %H:%M\""
            );
            const Status format = CheckTimeFormat(mapping_.time_format);
            if (!format && mapping_.time_format != kOpen)
                top.Complain("time_format", "{}", format.error().message);
        }
        if (top.Has("time_zone")) {
            mapping_.time_zone = Filled(
                top,
                "time_zone",
                "the zone of the clock: Z, an offset such as -05:00, a name such as Europe/Berlin, "
                "or own when every time carries its own zone"
            );
        }
    }

    void ReadColumn(const YAML::Node& node) {
        const YamlSection section(
            errors_,
            node,
            "a column",
            {"column", "thing", "property", "depth", "label", "unit", "sensor"}
        );
        CsvColumn column;
        column.column = section.Key("column");
        column.thing = section.Has("thing") ? section.Key("thing") : "";
        const std::string property = section.Key("property");
        const ObservedProperty* const known = FindProperty(property);
        column.property = known != nullptr ? std::string(known->name) : property;
        column.label = section.Text("label");
        column.sensor = section.Text("sensor");
        if (section.Text("depth") == kOpen) {
            Filled(
                section,
                "depth",
                "metres, positive down, or take the line away for what is not in the soil"
            );
        } else {
            column.depth = section.Number("depth", 0, kDeepest);
        }
        if (!section.Has("unit"))
            section.Complain("column", "column \"{}\" needs \"unit\"", Printable(column.column));
        column.unit = Filled(section, "unit", "a UCUM name such as Cel, %, m3/m3, kPa or mS/cm");
        CheckColumn(section, column, known);
        mapping_.columns.push_back(std::move(column));
    }

    void CheckColumn(
        const YamlSection& section, const CsvColumn& column, const ObservedProperty* known
    ) {
        if (column.unit != kOpen) {
            Status status = CheckUnit(column.unit);
            if (status && known != nullptr) {
                if (const auto fits = ConvertUnits(column.unit, known->unit); !fits)
                    status = std::unexpected(fits.error());
            }
            if (!status) section.Complain("unit", "{}", status.error().message);
        }
        if (!columns_.insert(column.column).second) {
            section.Complain("column", "column \"{}\" is there twice", Printable(column.column));
        }
        const std::string name = NameOf(column.thing, column.property, column.depth, column.label);
        if (!datastreams_.insert(name).second) {
            section.Complain(
                "column",
                "column \"{}\" is what another is already; give it a \"label\"",
                Printable(column.column)
            );
        }
    }

    /// A text that must not be "?" any more.
    std::string Filled(const YamlSection& section, std::string_view key, std::string_view what) {
        std::string text = section.Text(key);
        if (text == kOpen)
            section.Complain(key, "\"{}\" is still to be filled in: write {}", key, what);
        return text;
    }

    YamlErrors errors_;
    CsvMapping mapping_;
    std::set<std::string> columns_;
    std::set<std::string> datastreams_;
};

}  // namespace

Result<CsvMapping> ParseCsvMapping(std::string_view yaml) {
    TILTH_TRY(const YAML::Node root, LoadYaml(yaml));
    try {
        return MappingReader().Read(root);
    } catch (const YAML::Exception& error) {
        return Fail(Fault::kBadInput, "line {}: {}", error.mark.line + 1, error.msg);
    }
}

}  // namespace tilth::codec
