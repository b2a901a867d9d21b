#include "codec/import_format.h"

#include "base/text.h"
#include "codec/csv_table.h"
#include "codec/ismn.h"
#include "codec/meter_csv.h"
#include "codec/meter_xlsx.h"

namespace tilth::codec {

const std::vector<ImportFormat>& ImportFormats() {
    // Those that recognise more surely come first.
    static const std::vector<ImportFormat> kFormats{
        kMeterCsv,
        kMeterXlsx,
        kIsmnHeaderValues,
        kIsmnCeop,
        kCsv,
    };
    return kFormats;
}

Result<const ImportFormat*> FindImportFormat(std::string_view name) {
    std::vector<std::string_view> names;
    for (const ImportFormat& format : ImportFormats()) {
        if (format.name == name) return &format;
        names.push_back(format.name);
    }
    return Fail(
        Fault::kBadInput,
        "there is no import format \"{}\"; there are {}",
        Printable(name),
        fmt::join(names, ", ")
    );
}

Result<const ImportFormat*> RecogniseFormat(std::string_view file, std::string_view start) {
    std::vector<std::string_view> titles;
    for (const ImportFormat& format : ImportFormats()) {
        if (format.recognise(file, start)) return &format;
        titles.push_back(format.title);
    }
    return Fail(
        Fault::kBadInput,
        "{} is of no format that is known ({}); for another CSV file give --mapping",
        Printable(file),
        fmt::join(titles, "; ")
    );
}

Result<BlockReadings> ReadBlock(const FileBlock& block) {
    const Result<const ImportFormat*> format = FindImportFormat(block.header.format);
    if (!format) return Fail(Fault::kCorrupt, "a file block says: {}", format.error().message);
    return (*format)->read(block);
}

std::string Describe(const BadCell& cell, std::string_view file) {
    return fmt::format(
        "{}: line {}{}{}: \"{}\": {}",
        Printable(file, 256),
        cell.line,
        cell.column.empty() ? "" : ", column ",
        cell.column,
        cell.field,
        cell.reason
    );
}

}  // namespace tilth::codec
