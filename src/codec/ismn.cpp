#include "codec/ismn.h"

#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/line_cutter.h"
#include "codec/text_rows.h"
#include "codec/wall_time.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tilth::codec {
namespace {

using Fields = std::vector<std::string_view>;

struct Variable {
    std::string_view code;
    std::string_view property;
    std::string_view unit;
};
constexpr std::array<Variable, 9> kVariables{{
    {"sm", "volumetric_water_content", "m3/m3"},
    {"ts", "soil_temperature", "Cel"},
    {"ta", "air_temperature", "Cel"},
    {"tsf", "surface_temperature", "Cel"},
    {"p", "precipitation", "mm"},
    {"su", "soil_suction", "kPa"},
    {"sd", "snow_depth", "mm"},
    {"swe", "snow_water_equivalent", "mm"},
    {"sweq", "snow_water_equivalent", "mm"},
}};

/// The code before two depths in "..._sm_0.050000_0.050000_EC5_..."; empty when the name has none.
std::string_view VariableCode(std::string_view file) {
    Fields parts;
    SplitAt(file, '_', parts);
    const auto is_depth = [](std::string_view part) {
        double depth = 0;
        return part.find('.') != std::string_view::npos && ReadNumber(part, depth);
    };
    for (size_t i = 1; i + 1 < parts.size(); ++i) {
        if (is_depth(parts[i]) && is_depth(parts[i + 1]) && !is_depth(parts[i - 1]))
            return parts[i - 1];
    }
    return {};
}

Result<Variable> VariableOf(std::string_view file) {
    const std::string_view code = VariableCode(file);
    if (code.empty()) return kVariables[0];
    const auto found = std::ranges::find(kVariables, code, &Variable::code);
    if (found != kVariables.end()) return *found;
    return Fail(
        Fault::kBadInput,
        "{}: the variable \"{}\" in the file's name is not known; sm, ts, ta, tsf, p, su, sd and "
        "sweq are",
        file,
        Printable(code)
    );
}

/// What header and CEOP rows say about where a value was measured.
struct Station {
    std::string_view network;
    std::string_view name;
    double latitude = 0, longitude = 0, elevation = 0, from = 0, to = 0;
    std::string_view sensor;
};

/// Reads `network station lat lon elevation from to` at fields[at]; false when they are not that.
bool ReadStation(const Fields& fields, size_t at, Station& station) {
    if (fields.size() < at + 7) return false;
    station.network = fields[at];
    station.name = fields[at + 1];
    return ReadNumber(fields[at + 2], station.latitude) &&
           ReadNumber(fields[at + 3], station.longitude) &&
           ReadNumber(fields[at + 4], station.elevation) &&
           ReadNumber(fields[at + 5], station.from) && ReadNumber(fields[at + 6], station.to) &&
           station.latitude >= -90 && station.latitude <= 90 && station.longitude >= -360 &&
           station.longitude <= 360 && CheckKey(station.name, "station").has_value();
}

bool ReadHeaderLine(std::string_view line, Fields& fields, Station& station) {
    SplitAtBlanks(Trim(line), fields);
    if (fields.size() < 9 || !ReadStation(fields, 1, station)) return false;
    // A sensor's name may have blanks; it goes to the end of the line.
    station.sensor = Trim(line.substr(static_cast<size_t>(fields[8].data() - line.data())));
    return true;
}

/// "2012/08/17 15:00" out of two fields of one line.
std::optional<Time> TimeOf(std::string_view date, std::string_view clock) {
    std::array<char, 16> text{};
    if (date.size() != 10 || clock.size() != 5) return std::nullopt;
    std::ranges::copy(date, text.begin());
    text[10] = ' ';
    std::ranges::copy(clock, text.begin() + 11);
    return ParseWallTime({text.data(), text.size()});
}

std::string LabelOf(const Station& station) {
    std::string label =
        station.from == station.to ? "" : fmt::format("{}-{}m", station.from, station.to);
    const std::string_view sensor = station.sensor;
    const size_t size = sensor.size();
    if (size >= 3 && (sensor[size - 2] == '-' || sensor[size - 2] == '_'))
        label += sensor.substr(size - 1);
    return label;
}

BlockColumn ColumnOf(const Station& station, const Variable& variable, uint32_t index) {
    BlockColumn column;
    column.thing = station.name;
    column.property = variable.property;
    column.depth = station.from + (station.to - station.from) / 2;
    column.label = LabelOf(station);
    column.unit = variable.unit;
    column.sensor = station.sensor;
    column.column = index;
    column.channel = fmt::format("{}@{}m", variable.property, *column.depth);
    if (!column.label.empty()) column.channel += "#" + column.label;
    return column;
}

Thing ThingOf(const Station& station) {
    Thing thing;
    thing.name = station.name;
    thing.description = fmt::format("ISMN network {}", Printable(station.network));
    thing.location = {station.latitude, station.longitude, station.elevation};
    return thing;
}

std::string_view FirstLine(std::string_view text) {
    std::string_view line;
    uint64_t number = 0;
    LineReader(text, 1, false).Next(line, number);
    return line;
}

bool IsHeaderRow(const Fields& fields) {
    return fields.size() >= 4 && TimeOf(fields[0], fields[1]).has_value();
}

bool IsCeopRow(const Fields& fields, Station& station) {
    return fields.size() >= 14 && TimeOf(fields[0], fields[1]) && TimeOf(fields[2], fields[3]) &&
           ReadStation(fields, 5, station);
}

bool RecogniseHeaderValues(std::string_view, std::string_view start) {
    LineReader lines(start, 1, false);
    std::string_view line;
    uint64_t number = 0;
    Fields fields;
    Station station;
    if (!lines.Next(line, number) || !ReadHeaderLine(line, fields, station)) return false;
    if (!lines.Next(line, number)) return true;
    SplitAtBlanks(line, fields);
    return IsHeaderRow(fields);
}

bool RecogniseCeop(std::string_view, std::string_view start) {
    Fields fields;
    Station station;
    SplitAtBlanks(FirstLine(start), fields);
    return IsCeopRow(fields, station);
}

Status CheckHeaderLine(std::string_view head, FileBlockHeader& header) {
    Fields fields;
    Station station;
    TILTH_CHECK(VariableOf(header.file));
    if (ReadHeaderLine(FirstLine(head), fields, station)) return {};
    return Fail(
        Fault::kBadInput,
        "{}: line 1: expected \"CSE network station latitude longitude elevation depth_from "
        "depth_to sensor\", found \"{}\"",
        header.file,
        Printable(FirstLine(head))
    );
}

Status CheckCeop(std::string_view row, FileBlockHeader& header) {
    Fields fields;
    Station station;
    TILTH_CHECK(VariableOf(header.file));
    SplitAtBlanks(FirstLine(row), fields);
    if (IsCeopRow(fields, station)) return {};
    return Fail(
        Fault::kBadInput,
        "{}: line 1: expected \"date time date time CSE network station latitude longitude "
        "elevation depth_from depth_to "
        "value flag\", found \"{}\"",
        header.file,
        Printable(FirstLine(row))
    );
}

/// Refuses what a person says against the file, whose times and station are its own.
Status CheckRequest(const ImportRequest& request) {
    if (request.zone && request.zone->Text() != "Z") {
        return Fail(
            Fault::kBadInput, "{}: ISMN files are in UTC; leave --time-zone away", request.file
        );
    }
    return {};
}

Result<std::unique_ptr<BlockCutter>> CutHeaderValues(const ImportRequest& request) {
    TILTH_CHECK(CheckRequest(request));
    return CutLines(request, kIsmnHeaderValues.name, {1, false, CheckHeaderLine});
}

Result<std::unique_ptr<BlockCutter>> CutCeop(const ImportRequest& request) {
    TILTH_CHECK(CheckRequest(request));
    return CutLines(request, kIsmnCeop.name, {0, false, CheckCeop});
}

Result<BlockReadings> ReadHeaderValues(const FileBlock& block) {
    Fields fields;
    Station station;
    TILTH_TRY(const Variable variable, VariableOf(block.header.file));
    if (!ReadHeaderLine(FirstLine(block.head), fields, station)) {
        return Fail(
            Fault::kCorrupt,
            "block {} of {} lacks its header line",
            block.header.index,
            block.header.file
        );
    }
    if (!block.header.thing.empty()) station.name = block.header.thing;
    BlockBuilder builder;
    builder.AddThing(ThingOf(station));
    const size_t column = builder.AddColumn(ColumnOf(station, variable, 2), block.rows.size() / 24);
    LineReader lines(block.rows, block.header.first_line, false);
    std::string_view line;
    for (uint64_t number = 0; lines.Next(line, number);) {
        SplitAtBlanks(line, fields);
        if (fields.empty()) continue;
        const uint32_t row = builder.NextRow();
        const auto time = fields.size() >= 3 ? TimeOf(fields[0], fields[1]) : std::nullopt;
        if (!time) {
            builder.Bad(number, "", line, "expected \"YYYY/MM/DD HH:MM value flag\"");
        } else {
            builder.AddNumber(column, row, number, *time, fields[2]);
        }
    }
    return builder.Take();
}

/// The columns of a CEOP block: one for each station and layer, found as they come.
class CeopColumns {
  public:
    CeopColumns(BlockBuilder& builder, const Variable& variable, std::string_view thing)
        : builder_(builder), variable_(variable), thing_(thing) {}

    size_t Of(Station station) {
        if (!thing_.empty()) station.name = thing_;
        for (const auto& [known, column] : known_) {
            if (known.name == station.name && known.from == station.from && known.to == station.to)
                return column;
        }
        builder_.AddThing(ThingOf(station));
        const size_t column = builder_.AddColumn(ColumnOf(station, variable_, 12), 0);
        known_.emplace_back(station, column);
        return column;
    }
    bool Full() const { return known_.size() >= kMaxFileColumns; }

  private:
    BlockBuilder& builder_;
    const Variable& variable_;
    std::string_view thing_;
    std::vector<std::pair<Station, size_t>> known_;
};

Result<BlockReadings> ReadCeop(const FileBlock& block) {
    TILTH_TRY(const Variable variable, VariableOf(block.header.file));
    BlockBuilder builder;
    CeopColumns columns(builder, variable, block.header.thing);
    Fields fields;
    LineReader lines(block.rows, block.header.first_line, false);
    std::string_view line;
    for (uint64_t number = 0; lines.Next(line, number);) {
        SplitAtBlanks(line, fields);
        if (fields.empty()) continue;
        const uint32_t row = builder.NextRow();
        Station station;
        if (!IsCeopRow(fields, station) || columns.Full()) {
            builder.Bad(number, "", line, "expected a CEOP row of 14 or 15 fields");
        } else {
            builder.AddNumber(
                columns.Of(station), row, number, *TimeOf(fields[0], fields[1]), fields[12]
            );
        }
    }
    return builder.Take();
}

}  // namespace

const ImportFormat kIsmnHeaderValues{
    "ismn-header-values",
    "ISMN station file, header+values",
    RecogniseHeaderValues,
    CutHeaderValues,
    ReadHeaderValues};
const ImportFormat kIsmnCeop{
    "ismn-ceop", "ISMN station file, CEOP", RecogniseCeop, CutCeop, ReadCeop};

}  // namespace tilth::codec
