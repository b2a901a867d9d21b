#include "codec/meter_xlsx.h"

#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/line_cutter.h"
#include "codec/meter.h"
#include "codec/text_rows.h"
#include "codec/xlsx_workbook.h"

#include <algorithm>
#include <array>
#include <map>

namespace tilth::codec {
namespace {

constexpr std::string_view kName = "meter-zl6-xlsx";
constexpr uint32_t kHeaderRows = 3;  ///< Port, probe, quantity.

struct QuantityText {
    std::string_view text;      ///< As the sheet's third row has it.
    std::string_view quantity;  ///< MeterQuantity::name
};
constexpr std::array<QuantityText, 9> kTexts{{
    {"kPa Matric Potential", "matric_kPa"},
    {"\u00b0C Soil Temperature", "soil_temp_C"},
    {"m\u00b3/m\u00b3 Water Content", "vwc_m3m3"},
    {"mS/cm Saturation Extract EC", "ec"},
    {"mS/cm Bulk EC", "ec"},
    {"% Battery Percent", "batt_pct"},
    {"mV Battery Voltage", "batt_mV"},
    {"kPa Reference Pressure", "press_kPa"},
    {"\u00b0C Logger Temperature", "logger_temp_C"},
}};

/// What the "Metadata" sheet says; its newest (last) configuration wins.
struct Metadata {
    std::string serial;
    std::string zone;
    Location location;
};

std::string_view TextAt(const std::vector<XlsxCell>& cells, uint32_t column) {
    const auto cell = std::ranges::find(cells, column, &XlsxCell::column);
    return cell == cells.end() ? std::string_view{} : Trim(cell->text);
}

Result<Metadata> ReadMetadata(const XlsxWorkbook& workbook) {
    Metadata metadata;
    const auto sheet = std::ranges::find(workbook.sheets(), "Metadata");
    if (sheet == workbook.sheets().end()) return metadata;
    const auto take = [&](uint32_t, const std::vector<XlsxCell>& cells) {
        const std::string_view key = TextAt(cells, 1);
        const std::string_view value = TextAt(cells, 2);
        if (value.empty()) return true;
        if (key == "Serial Number") metadata.serial = value;
        if (key == "Time Zone") metadata.zone = value;
        if (key == "Latitude") ReadNumber(value, metadata.location.latitude);
        if (key == "Longitude") ReadNumber(value, metadata.location.longitude);
        if (key == "Altitude") ReadNumber(value, metadata.location.elevation);
        return true;
    };
    TILTH_CHECK(workbook.ReadSheet(static_cast<size_t>(sheet - workbook.sheets().begin()), take));
    return metadata;
}

bool IsProcessed(std::string_view sheet) {
    return sheet.starts_with("Processed Data");
}
bool IsRaw(std::string_view sheet) {
    return sheet.starts_with("Raw Data");
}

/// Completes zone and thing, and refuses what is no such workbook.
Status Check(std::string_view bytes, FileBlockHeader& header) {
    const auto bad = [&](const Error& error) {
        return Fail(Fault::kBadInput, "{}: {}", header.file, error.message);
    };
    const Result<XlsxWorkbook> workbook = XlsxWorkbook::Open(bytes);
    if (!workbook) return bad(workbook.error());
    if (std::ranges::none_of(workbook->sheets(), IsProcessed)) {
        return Fail(
            Fault::kBadInput,
            "{}: expected a sheet \"Processed Data Configuration 1\", as METER's cloud exports it; "
            "the sheets are {}",
            header.file,
            Printable(fmt::format("{}", fmt::join(workbook->sheets(), ", ")), 200)
        );
    }
    const Result<Metadata> metadata = ReadMetadata(*workbook);
    if (!metadata) return bad(metadata.error());
    if (header.zone.empty()) {
        const auto no_names = [](std::string_view) -> Result<std::string> {
            return Fail(Fault::kNotFound, "the file is expected to give an offset");
        };
        const auto zone = ParseTimeZone(metadata->zone, no_names);
        if (!zone) {
            return Fail(
                Fault::kBadInput,
                "{}: sheet Metadata does not say the logger's time zone as UTC-04; give "
                "--time-zone",
                header.file
            );
        }
        header.zone = zone->Text();
    }
    if (header.thing.empty()) header.thing = metadata->serial;
    if (header.thing.empty()) {
        return Fail(
            Fault::kBadInput, "{}: sheet Metadata has no serial number; give --thing", header.file
        );
    }
    return CheckKey(header.thing, "the thing");
}

/// Keeps the whole file, which cannot be read before its end.
class WholeFile final : public BlockCutter {
  public:
    explicit WholeFile(const ImportRequest& request) { block_.header = HeaderOf(request, kName); }

    Status Add(std::string_view piece, std::vector<FileBlock>&) override {
        if (block_.rows.size() + piece.size() > kMaxBlockBytes) {
            return Fail(
                Fault::kBadInput,
                "{} has more than {} MB; export it in parts, or as CSV",
                block_.header.file,
                kMaxBlockBytes >> 20
            );
        }
        block_.rows += piece;
        return {};
    }

    Status Finish(std::vector<FileBlock>& out) override {
        if (block_.rows.size() != block_.header.file_size) {
            return Fail(
                Fault::kBadInput,
                "{} changed while it was read; import it again",
                block_.header.file
            );
        }
        block_.header.last = true;
        TILTH_CHECK(Check(block_.rows, block_.header));
        out.push_back(std::move(block_));
        return {};
    }

  private:
    FileBlock block_;
};

bool Recognise(std::string_view file, std::string_view start) {
    return IsZip(start) && file.ends_with(".xlsx");
}

Result<std::unique_ptr<BlockCutter>> Cut(const ImportRequest& request) {
    TILTH_CHECK(CheckColumnChoice(request.columns));
    return std::make_unique<WholeFile>(request);
}

/// "TEROS 12" -> "teros12".
std::string Slug(std::string_view sensor) {
    std::string slug;
    for (const char c : sensor) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            slug += upper ? static_cast<char>(c + 32) : c;
    }
    return slug;
}

/// Reads the sheets of one kind into the builder.
class SheetTable {
  public:
    SheetTable(
        const XlsxWorkbook& workbook,
        const TimeZone& zone,
        std::string_view thing,
        BlockBuilder& builder
    )
        : workbook_(workbook), zone_(zone), thing_(thing), builder_(builder) {}

    Status Read(size_t sheet, bool raw) {
        raw_ = raw;
        headers_.clear();
        sources_.clear();
        return workbook_.ReadSheet(sheet, [this](uint32_t row, const std::vector<XlsxCell>& cells) {
            if (row <= kHeaderRows) {
                for (const XlsxCell& cell : cells) headers_[cell.column][row - 1] = Trim(cell.text);
                return true;
            }
            if (sources_.empty()) MakeColumns();
            ReadRow(row, cells);
            return true;
        });
    }

  private:
    using Header = std::array<std::string, kHeaderRows>;

    void MakeColumns() {
        sources_.assign(kMaxFileColumns, kNone);
        for (const auto& [index, header] : headers_) {
            if (index == 0 || index >= kMaxFileColumns || !header[0].starts_with("Port ")) continue;
            AddColumn(index, header);
        }
    }

    void AddColumn(uint32_t index, const Header& header) {
        const auto text = std::ranges::find(kTexts, header[2], &QuantityText::text);
        BlockColumn column;
        column.thing = thing_;
        column.column = index;
        column.sensor = header[1];
        const std::string port = "p" + header[0].substr(5);
        const std::string stem = fmt::format("{}{}_{}", raw_ ? "raw_" : "", port, Slug(header[1]));
        if (text == kTexts.end()) {
            // Not known: kept under its own text, without a unit.
            column.channel = fmt::format("{}_{}", stem, Printable(header[2]));
            column.property = column.channel;
        } else {
            const MeterQuantity& quantity = *FindMeterQuantity(text->quantity);
            const bool bulk = text->text == "mS/cm Bulk EC";
            column.channel = fmt::format("{}_{}{}", stem, quantity.name, bulk ? "#bulk" : "");
            column.property = !quantity.property.empty() ? quantity.property
                              : bulk                     ? kBulkEc
                                                         : kSaturationExtractEc;
            column.unit = quantity.unit;
            const bool inside = quantity.name.starts_with("batt") || column.sensor == "Barometer";
            if (!inside) column.label = port;
        }
        if (raw_) {
            column.property = column.channel;
            column.unit.clear();
            column.label.clear();
        }
        if (!CheckKey(column.channel, "channel")) return;
        const auto known = by_channel_.find(column.channel);
        if (known != by_channel_.end()) {
            sources_[index] = known->second;
            return;
        }
        sources_[index] = by_channel_[column.channel] = builder_.AddColumn(column, 0);
    }

    void ReadRow(uint32_t number, const std::vector<XlsxCell>& cells) {
        const uint32_t row = builder_.NextRow();
        double days = 0;
        const bool dated =
            cells[0].column == 0 && !cells[0].is_text && ReadNumber(cells[0].text, days);
        const auto wall = dated ? workbook_.WallTime(days) : std::nullopt;
        if (!wall || row >= kMaxBlockRows) {
            return builder_.Bad(number, "Timestamp", cells[0].text, "expected a date and time");
        }
        const Time time = zone_.ToUtc(*wall);
        for (const XlsxCell& cell : cells) {
            if (cell.column == 0 || cell.column >= kMaxFileColumns ||
                sources_[cell.column] == kNone)
                continue;
            const std::string_view text = Trim(cell.text);
            if (cell.is_text && text == "#N/A") {
                builder_.Add(
                    sources_[cell.column], row, time, std::numeric_limits<double>::quiet_NaN()
                );
            } else {
                builder_.AddNumber(sources_[cell.column], row, number, time, text);
            }
        }
    }

    static constexpr size_t kNone = SIZE_MAX;

    const XlsxWorkbook& workbook_;
    const TimeZone& zone_;
    std::string thing_;
    BlockBuilder& builder_;
    bool raw_ = false;
    std::map<uint32_t, Header> headers_;
    std::vector<size_t> sources_;  ///< Column of the builder by column of the sheet.
    std::map<std::string, size_t> by_channel_;
};

Result<BlockReadings> Read(const FileBlock& block) {
    const auto corrupt = [&](const Error& error) {
        return Fail(Fault::kCorrupt, "{}: {}", block.header.file, error.message);
    };
    TILTH_TRY(const TimeZone zone, TimeZone::FromText(block.header.zone));
    const Result<XlsxWorkbook> workbook = XlsxWorkbook::Open(block.rows);
    if (!workbook) return corrupt(workbook.error());
    const Result<Metadata> metadata = ReadMetadata(*workbook);
    if (!metadata) return corrupt(metadata.error());
    BlockBuilder builder;
    Thing logger;
    logger.name = block.header.thing;
    logger.description = "METER ZL6 logger";
    logger.location = metadata->location;
    builder.AddThing(std::move(logger));
    SheetTable table(*workbook, zone, block.header.thing, builder);
    for (size_t i = 0; i < workbook->sheets().size(); ++i) {
        const bool processed =
            IsProcessed(workbook->sheets()[i]) && block.header.columns != kRawColumns;
        const bool raw = IsRaw(workbook->sheets()[i]) && block.header.columns != kProcessedColumns;
        if (!processed && !raw) continue;
        if (const Status status = table.Read(i, raw); !status) return corrupt(status.error());
    }
    return builder.Take();
}

}  // namespace

const ImportFormat kMeterXlsx{
    kName, "METER ZL6, the spreadsheet of the vendor's cloud", Recognise, Cut, Read};

}  // namespace tilth::codec
