#include "codec/csv_table.h"

#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/csv_mapping.h"
#include "codec/line_cutter.h"
#include "codec/text_rows.h"
#include "codec/wall_time.h"

#include <algorithm>
#include <charconv>

namespace tilth::codec {
namespace {

constexpr std::string_view kOwnZone = "own";

size_t HeadLines(const CsvMapping& mapping) {
    return static_cast<size_t>(mapping.skip_lines + (mapping.header ? 1 : 0) + mapping.units_lines);
}

/// Where the mapping's columns stand in a row.
struct Layout {
    std::vector<size_t> time;
    std::vector<size_t> columns;  ///< In the order of CsvMapping::columns.
    size_t least_fields = 0;
};

std::vector<std::string> HeaderNames(const CsvMapping& mapping, std::string_view head) {
    LineReader lines(head, 1, true);
    std::string_view line;
    uint64_t number = 0;
    for (int i = 0; i <= mapping.skip_lines; ++i) {
        if (!lines.Next(line, number)) return {};
    }
    std::vector<std::string_view> fields;
    std::vector<std::string> scratch;
    SplitQuoted(line, mapping.delimiter, fields, scratch);
    std::vector<std::string> names;
    for (const std::string_view field : fields) names.emplace_back(Trim(field));
    return names;
}

/// A column by its name in the header, or by "#N".
Result<size_t> IndexOf(
    std::string_view column, const std::vector<std::string>& names, const FileBlockHeader& header
) {
    const auto found = std::ranges::find(names, column);
    if (found != names.end()) {
        if (std::ranges::count(names, column) > 1) {
            return Fail(
                Fault::kBadInput,
                "{}: the column \"{}\" stands twice in the header; name it by its place, \"#{}\" "
                "for the first",
                header.file,
                Printable(column),
                found - names.begin() + 1
            );
        }
        return static_cast<size_t>(found - names.begin());
    }
    size_t place = 0;
    const char* const end = column.data() + column.size();
    if (column.starts_with('#') && std::from_chars(column.data() + 1, end, place).ptr == end &&
        place >= 1 && place <= kMaxFileColumns) {
        return place - 1;
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const std::string_view near = Closest(column, candidates);
    return Fail(
        Fault::kBadInput,
        "{}: there is no column \"{}\" in the header line{}",
        header.file,
        Printable(column),
        near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)
    );
}

Result<Layout> LayoutOf(
    const CsvMapping& mapping, std::string_view head, const FileBlockHeader& header
) {
    const std::vector<std::string> names =
        mapping.header ? HeaderNames(mapping, head) : std::vector<std::string>{};
    if (names.size() > kMaxFileColumns) {
        return Fail(Fault::kBadInput, "{}: more than {} columns", header.file, kMaxFileColumns);
    }
    Layout layout;
    const auto index = [&](std::string_view column) -> Result<size_t> {
        TILTH_TRY(const size_t at, IndexOf(column, names, header));
        layout.least_fields = std::max(layout.least_fields, at + 1);
        return at;
    };
    for (const std::string& column : mapping.time_columns) {
        TILTH_TRY(const size_t at, index(column));
        layout.time.push_back(at);
    }
    for (const CsvColumn& column : mapping.columns) {
        TILTH_TRY(const size_t at, index(column.column));
        layout.columns.push_back(at);
    }
    return layout;
}

/// Completes the zone and the thing from the mapping, and refuses the file when they or a column
/// are not there.
Status CheckHead(
    const CsvMapping& mapping,
    const ZoneLoader& load,
    std::string_view head,
    FileBlockHeader& header
) {
    const bool epoch = mapping.time_format.find("%s") != std::string::npos;
    if (header.zone.empty() && !mapping.time_zone.empty() && mapping.time_zone != kOwnZone) {
        const auto no_names = [](std::string_view) -> Result<std::string> {
            return Fail(Fault::kNotFound, "give a named zone with --time-zone");
        };
        TILTH_TRY(
            const TimeZone zone,
            ParseTimeZone(mapping.time_zone, load ? load : ZoneLoader(no_names))
        );
        header.zone = zone.Text();
    } else if (header.zone.empty() && mapping.time_zone != kOwnZone && !epoch) {
        return Fail(
            Fault::kBadInput,
            "{}: the time zone is not said; write time_zone into the mapping (own when every time "
            "carries its zone) or "
            "give --time-zone",
            header.file
        );
    }
    if (!mapping.thing.empty()) header.thing = mapping.thing;
    const auto homeless = [](const CsvColumn& column) { return column.thing.empty(); };
    if (header.thing.empty() && std::ranges::any_of(mapping.columns, homeless)) {
        return Fail(
            Fault::kBadInput,
            "{}: whose values these are is not said; write thing into the mapping or give --thing",
            header.file
        );
    }
    if (!header.thing.empty()) TILTH_CHECK(CheckKey(header.thing, "the thing"));
    TILTH_CHECK(LayoutOf(mapping, head, header));
    return {};
}

bool Recognise(std::string_view, std::string_view) {
    return false;
}

Result<std::unique_ptr<BlockCutter>> Cut(const ImportRequest& request) {
    if (request.mapping.empty()) {
        return Fail(
            Fault::kBadInput,
            "{}: a CSV file needs a mapping that says what its columns are; give --mapping",
            request.file
        );
    }
    TILTH_TRY(const CsvMapping mapping, ParseCsvMapping(request.mapping));
    const auto check = [mapping, load = request.load_zone](
                           std::string_view head, FileBlockHeader& header
                       ) { return CheckHead(mapping, load, head, header); };
    return CutLines(request, kCsv.name, {HeadLines(mapping), true, check});
}

/// Reads the rows of one block.
class Reader {
  public:
    Reader(
        const FileBlock& block,
        const CsvMapping& mapping,
        const Layout& layout,
        const TimeZone* zone
    )
        : block_(block), mapping_(mapping), layout_(layout), zone_(zone) {}

    BlockReadings Read() {
        for (size_t i = 0; i < mapping_.columns.size(); ++i)
            AddColumn(mapping_.columns[i], layout_.columns[i]);
        for (const std::string& text : mapping_.missing) {
            double number = 0;
            if (ToNumber(text, number)) missing_numbers_.push_back(number);
        }
        LineReader lines(block_.rows, block_.header.first_line, true);
        std::string_view line;
        uint64_t number = 0;
        while (lines.Next(line, number)) {
            if (!Trim(line).empty()) ReadRow(line, number);
        }
        return builder_.Take();
    }

  private:
    void AddColumn(const CsvColumn& column, size_t index) {
        BlockColumn block;
        block.thing = column.thing.empty() ? block_.header.thing : column.thing;
        block.channel = column.column;
        block.property = column.property;
        block.depth = column.depth;
        block.label = column.label;
        block.unit = column.unit;
        block.sensor = column.sensor;
        block.column = static_cast<uint32_t>(index);
        Thing thing;
        thing.name = block.thing;
        builder_.AddThing(std::move(thing));
        builder_.AddColumn(std::move(block), 0);
    }

    void ReadRow(std::string_view line, uint64_t number) {
        const uint32_t row = builder_.NextRow();
        SplitQuoted(line, mapping_.delimiter, fields_, scratch_);
        if (fields_.size() < layout_.least_fields) {
            return builder_.Bad(
                number,
                "",
                line,
                fmt::format(
                    "expected at least {} fields, there are {}",
                    layout_.least_fields,
                    fields_.size()
                )
            );
        }
        const std::string_view text = TimeText();
        const auto time = mapping_.time_format.empty()
                              ? ParseFileTime(text, zone_)
                              : ParseFormattedTime(text, mapping_.time_format, zone_);
        if (!time) {
            return builder_.Bad(
                number,
                mapping_.time_columns.front(),
                text,
                mapping_.time_format.empty()
                    ? "expected a time such as 2025-05-01 06:00:00"
                    : fmt::format("expected a time as {}", mapping_.time_format)
            );
        }
        for (size_t i = 0; i < layout_.columns.size(); ++i) {
            ReadCell(i, row, number, *time, Trim(fields_[layout_.columns[i]]));
        }
    }

    std::string_view TimeText() {
        if (layout_.time.size() == 1) return Trim(fields_[layout_.time.front()]);
        time_text_.clear();
        for (const size_t at : layout_.time) {
            if (!time_text_.empty()) time_text_ += ' ';
            time_text_ += Trim(fields_[at]);
        }
        return time_text_;
    }

    void ReadCell(size_t column, uint32_t row, uint64_t number, Time time, std::string_view field) {
        constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
        double value = 0;
        if (std::ranges::find(mapping_.missing, field) != mapping_.missing.end() || IsNan(field)) {
            builder_.Add(column, row, time, kMissing);
        } else if (field.empty()) {
            return;
        } else if (!ToNumber(field, value)) {
            builder_.Bad(number, builder_.column(column).channel, field, "expected a number");
        } else {
            const bool missing =
                std::ranges::find(missing_numbers_, value) != missing_numbers_.end();
            builder_.Add(column, row, time, missing ? kMissing : value);
        }
    }

    bool ToNumber(std::string_view field, double& value) {
        if (mapping_.decimal == '.') return ReadNumber(field, value);
        number_text_.assign(field);
        if (number_text_.find('.') != std::string::npos)
            return false;  // A separator of thousands is not guessed.
        std::ranges::replace(number_text_, ',', '.');
        return ReadNumber(number_text_, value);
    }

    const FileBlock& block_;
    const CsvMapping& mapping_;
    const Layout& layout_;
    const TimeZone* zone_;
    BlockBuilder builder_;
    std::vector<double> missing_numbers_;
    std::vector<std::string_view> fields_;
    std::vector<std::string> scratch_;
    std::string time_text_;
    std::string number_text_;
};

Result<BlockReadings> Read(const FileBlock& block) {
    const auto corrupt = [&](const Error& error) {
        return Fail(
            Fault::kCorrupt,
            "block {} of {}: {}",
            block.header.index,
            block.header.file,
            error.message
        );
    };
    const Result<CsvMapping> mapping = ParseCsvMapping(block.header.mapping);
    if (!mapping) return corrupt(mapping.error());
    const Result<Layout> layout = LayoutOf(*mapping, block.head, block.header);
    if (!layout) return corrupt(layout.error());
    if (block.header.zone.empty()) return Reader(block, *mapping, *layout, nullptr).Read();
    TILTH_TRY(const TimeZone zone, TimeZone::FromText(block.header.zone));
    return Reader(block, *mapping, *layout, &zone).Read();
}

}  // namespace

const ImportFormat kCsv{"csv", "any CSV, by a mapping", Recognise, Cut, Read};

}  // namespace tilth::codec
