#include "codec/meter_csv.h"

#include "base/text.h"
#include "codec/block_builder.h"
#include "codec/line_cutter.h"
#include "codec/meter.h"
#include "codec/text_rows.h"
#include "codec/wall_time.h"

#include <algorithm>

namespace tilth::codec {
namespace {

constexpr std::string_view kName = "meter-zl6-csv";
constexpr size_t kNone = SIZE_MAX;
/// For a whole 4096-row block of 20 columns this is what the vectors need; more grow.
constexpr size_t kRowGuess = 4096;

struct Table {
    std::vector<std::string_view> names;
    size_t time = kNone;
    size_t raw_time = kNone;
    size_t ec_kind = kNone;
    bool has_measurements = false;
};

Table ReadHead(std::string_view head) {
    Table table;
    std::string_view line;
    uint64_t number = 0;
    LineReader(head, 1, false).Next(line, number);
    SplitAt(Trim(line), ',', table.names);
    for (size_t i = 0; i < table.names.size(); ++i) {
        const std::string_view name = table.names[i] = Trim(table.names[i]);
        if (name == "time_processed") table.time = i;
        if (name == "time_raw") table.raw_time = i;
        if (name == "ec_kind") table.ec_kind = i;
        if (ParseMeterColumn(name)) table.has_measurements = true;
    }
    return table;
}

bool Recognise(std::string_view, std::string_view start) {
    const Table table = ReadHead(start);
    return table.time != kNone && table.has_measurements;
}

/// Asks for the zone, and takes the thing from the file's name when nobody says it.
Status CompleteHeader(FileBlockHeader& header) {
    if (header.zone.empty()) {
        return Fail(
            Fault::kBadInput,
            "{}: column time_processed is the logger's local clock, and the file does not say its "
            "time zone; give "
            "--time-zone, for example -05:00 or America/New_York",
            header.file
        );
    }
    if (header.thing.empty()) header.thing = MeterSerial(header.file);
    if (header.thing.empty()) {
        return Fail(
            Fault::kBadInput,
            "{}: the file does not say which logger it is of; give --thing",
            header.file
        );
    }
    return CheckKey(header.thing, "the thing");
}

Status CheckHead(std::string_view head, FileBlockHeader& header) {
    const Table table = ReadHead(head);
    if (table.time == kNone || !table.has_measurements) {
        return Fail(
            Fault::kBadInput,
            "{}: line 1: expected the columns time_processed and pN_SENSOR_QUANTITY_DEPTHcm (such "
            "as "
            "p2_teros12_vwc_m3m3_10cm), separated by commas",
            header.file
        );
    }
    if (table.names.size() > kMaxFileColumns) {
        return Fail(
            Fault::kBadInput, "{}: line 1: more than {} columns", header.file, kMaxFileColumns
        );
    }
    std::vector<std::string_view> sorted = table.names;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
        return Fail(
            Fault::kBadInput,
            "{}: line 1: the column {} stands twice",
            header.file,
            Printable(*twice)
        );
    }
    return CompleteHeader(header);
}

Result<std::unique_ptr<BlockCutter>> Cut(const ImportRequest& request) {
    TILTH_CHECK(CheckColumnChoice(request.columns));
    return CutLines(request, kName, {1, false, CheckHead});
}

/// Reads the rows of one block.
class Reader {
  public:
    Reader(const FileBlock& block, const Table& table, const TimeZone& zone)
        : block_(block), table_(table), zone_(zone) {}

    BlockReadings Read() {
        MakeColumns();
        Thing logger;
        logger.name = block_.header.thing;
        logger.description = "METER ZL6 logger";
        builder_.AddThing(std::move(logger));
        LineReader lines(block_.rows, block_.header.first_line, false);
        std::string_view line;
        uint64_t number = 0;
        while (lines.Next(line, number)) {
            if (!Trim(line).empty()) ReadRow(line, number);
        }
        return builder_.Take();
    }

  private:
    /// A column of the file; EC columns become two of the block.
    struct Source {
        size_t field;
        size_t column;
        size_t bulk_column;  ///< kNone unless the column is EC.
        bool raw;
    };

    void MakeColumns() {
        std::vector<std::pair<MeterColumn, BlockColumn>> columns;
        for (size_t i = 0; i < table_.names.size(); ++i) {
            const auto column = ParseMeterColumn(table_.names[i]);
            if (!column || block_.header.columns == (column->raw ? kProcessedColumns : kRawColumns))
                continue;
            columns.emplace_back(
                *column, MakeBlockColumn(*column, block_.header.thing, static_cast<uint32_t>(i))
            );
            if (columns.back().second.property.empty())
                columns.back().second.property = kSaturationExtractEc;
        }
        TellApart(columns);
        for (auto& [column, block] : columns) {
            Source source{block.column, 0, kNone, column.raw};
            BlockColumn bulk = block;
            const bool ec = block.property == kSaturationExtractEc;
            source.column = builder_.AddColumn(std::move(block), kRowGuess);
            if (ec) {
                bulk.property = kBulkEc;
                bulk.channel += "#bulk";
                source.bulk_column = builder_.AddColumn(std::move(bulk), 0);
            }
            sources_.push_back(source);
        }
    }

    void ReadRow(std::string_view line, uint64_t number) {
        const uint32_t row = builder_.NextRow();
        SplitAt(line, ',', fields_);
        if (fields_.size() != table_.names.size()) {
            return builder_.Bad(
                number,
                "",
                line,
                fmt::format("expected {} fields, there are {}", table_.names.size(), fields_.size())
            );
        }
        const auto time = TimeOf(table_.time, number);
        if (!time) return;
        const auto raw_time = table_.raw_time == kNone || block_.header.columns == kProcessedColumns
                                  ? time
                                  : TimeOf(table_.raw_time, number);
        const bool bulk = table_.ec_kind != kNone && fields_[table_.ec_kind] == "bulk";
        const bool satext = table_.ec_kind == kNone || fields_[table_.ec_kind] == "satext";
        for (const Source& source : sources_) {
            const std::string_view field = Trim(fields_[source.field]);
            const auto at = source.raw ? raw_time : time;
            if (!at) continue;
            if (source.bulk_column != kNone && !bulk && !satext) {
                builder_.Bad(number, "ec_kind", fields_[table_.ec_kind], "expected satext or bulk");
                continue;
            }
            const size_t column =
                bulk && source.bulk_column != kNone ? source.bulk_column : source.column;
            if (field == "#N/A") {
                builder_.Add(column, row, *at, std::numeric_limits<double>::quiet_NaN());
            } else {
                builder_.AddNumber(column, row, number, *at, field);
            }
        }
    }

    std::optional<Time> TimeOf(size_t field, uint64_t number) {
        const std::string_view text = Trim(fields_[field]);
        const auto time = ParseFileTime(text, &zone_);
        if (!time)
            builder_.Bad(
                number, table_.names[field], text, "expected a time such as 2023-07-25 14:00:00"
            );
        return time;
    }

    const FileBlock& block_;
    const Table& table_;
    const TimeZone& zone_;
    BlockBuilder builder_;
    std::vector<Source> sources_;
    std::vector<std::string_view> fields_;
};

Result<BlockReadings> Read(const FileBlock& block) {
    const Table table = ReadHead(block.head);
    if (table.time == kNone || table.names.size() > kMaxFileColumns) {
        return Fail(
            Fault::kCorrupt,
            "block {} of {} lacks its header line",
            block.header.index,
            block.header.file
        );
    }
    TILTH_TRY(const TimeZone zone, TimeZone::FromText(block.header.zone));
    return Reader(block, table, zone).Read();
}

}  // namespace

const ImportFormat kMeterCsv{
    kName, "METER ZL6, CSV with the vendor's values and raw counts", Recognise, Cut, Read};

}  // namespace tilth::codec
