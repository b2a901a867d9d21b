#include "codec/xlsx_workbook.h"

#include "base/text.h"
#include "codec/xml_scanner.h"

#include <charconv>
#include <cmath>
#include <map>

namespace tilth::codec {
namespace {

using Event = XmlScanner::Event;

constexpr uint32_t kMostColumns = 16'384;
constexpr size_t kMostStrings = 4'000'000;
constexpr size_t kMostSheets = 256;
constexpr double kMillisPerDay = 86'400'000;

/// Targets of a relationships part by id.
Result<std::map<std::string, std::string>> ReadRelations(std::string_view xml) {
    std::map<std::string, std::string> targets;
    XmlScanner scanner(xml);
    for (Event event = scanner.Next(); event != Event::kDone; event = scanner.Next()) {
        if (event == Event::kError)
            return Fail(Fault::kBadInput, "the workbook's relations are no XML");
        if (event != Event::kStart || scanner.name() != "Relationship") continue;
        const auto id = scanner.Attribute("Id");
        auto target = scanner.Attribute("Target");
        if (!id || !target) continue;
        targets[*id] = target->starts_with('/') ? target->substr(1) : "xl/" + *target;
    }
    return targets;
}

/// A cell while its elements are read.
struct OpenCell {
    std::string type;
    std::string text;
    uint32_t column = 0;
    bool in_value = false;
};

class SheetReader {
  public:
    SheetReader(
        std::string_view xml,
        const std::vector<std::string>& strings,
        const XlsxWorkbook::TakeRow& take
    )
        : scanner_(xml), strings_(strings), take_(take) {}

    Status Read() {
        while (true) {
            switch (scanner_.Next()) {
                case Event::kStart:
                    if (!Start()) return Bad();
                    break;
                case Event::kText:
                    if (cell_.in_value) cell_.text += scanner_.text();
                    break;
                case Event::kEnd:
                    if (!End()) return Bad();
                    break;
                case Event::kDone:
                    return {};
                case Event::kError:
                    return Bad();
            }
            if (stopped_) return {};
        }
    }

  private:
    Status Bad() const {
        return Fail(Fault::kBadInput, "a sheet is damaged near its row {}", row_);
    }

    bool Start() {
        const std::string_view name = scanner_.name();
        if (name == "row") {
            const auto number = scanner_.Attribute("r");
            uint32_t row = row_ + 1;
            if (number &&
                std::from_chars(number->data(), number->data() + number->size(), row).ec !=
                    std::errc{})
                return false;
            if (row <= row_) return false;
            row_ = row;
            cells_.clear();
            texts_.clear();
            next_column_ = 0;
        } else if (name == "c") {
            cell_ = {};
            cell_.type = scanner_.Attribute("t").value_or("n");
            const auto reference = scanner_.Attribute("r");
            const auto column = reference ? XlsxColumn(*reference) : std::optional(next_column_);
            if (!column || *column < next_column_ || *column >= kMostColumns) return false;
            cell_.column = *column;
            next_column_ = *column + 1;
        } else if (name == "v" || name == "t") {
            cell_.in_value = true;
        }
        return true;
    }

    bool End() {
        const std::string_view name = scanner_.name();
        if (name == "v" || name == "t") cell_.in_value = false;
        if (name == "c") return EndCell();
        if (name == "row" && !cells_.empty()) {
            // Only now the texts do not move any more.
            for (size_t i = 0; i < cells_.size(); ++i) {
                if (cells_[i].text.data() == nullptr) cells_[i].text = texts_[i];
            }
            stopped_ = !take_(row_, cells_);
        }
        return true;
    }

    bool EndCell() {
        if (cell_.text.empty()) return true;
        XlsxCell cell{cell_.column, cell_.type != "n", {}};
        if (cell_.type == "s") {
            size_t index = 0;
            const auto [end, error] =
                std::from_chars(cell_.text.data(), cell_.text.data() + cell_.text.size(), index);
            if (error != std::errc{} || index >= strings_.size()) return false;
            cell.text = strings_[index];
            if (cell.text.empty()) return true;
        }
        texts_.resize(cells_.size() + 1);
        if (cell_.type != "s") texts_.back() = std::move(cell_.text);
        cells_.push_back(cell);
        return true;
    }

    XmlScanner scanner_;
    const std::vector<std::string>& strings_;
    const XlsxWorkbook::TakeRow& take_;
    uint32_t row_ = 0;
    uint32_t next_column_ = 0;
    OpenCell cell_;
    std::vector<XlsxCell> cells_;
    std::vector<std::string>
        texts_;  ///< Of the cells that are no shared strings, by index of cell.
    bool stopped_ = false;
};

}  // namespace

std::optional<uint32_t> XlsxColumn(std::string_view reference) {
    uint32_t column = 0;
    size_t letters = 0;
    for (; letters < reference.size() && reference[letters] >= 'A' && reference[letters] <= 'Z';
         ++letters) {
        if (letters == 3) return std::nullopt;
        column = column * 26 + static_cast<uint32_t>(reference[letters] - 'A' + 1);
    }
    if (letters == 0 || column > kMostColumns) return std::nullopt;
    return column - 1;
}

Result<XlsxWorkbook> XlsxWorkbook::Open(std::string_view bytes) {
    TILTH_TRY(ZipArchive archive, ZipArchive::Open(bytes));
    XlsxWorkbook workbook(std::move(archive));
    TILTH_CHECK(workbook.ReadIndex());
    return workbook;
}

Status XlsxWorkbook::ReadIndex() {
    TILTH_TRY(const std::string book, archive_.Read("xl/workbook.xml", kMaxXlsxPart));
    TILTH_TRY(
        const std::string relations, archive_.Read("xl/_rels/workbook.xml.rels", kMaxXlsxPart)
    );
    TILTH_TRY(auto targets, ReadRelations(relations));
    XmlScanner scanner(book);
    for (Event event = scanner.Next(); event != Event::kDone; event = scanner.Next()) {
        if (event == Event::kError) return Fail(Fault::kBadInput, "the workbook is no XML");
        if (event != Event::kStart) continue;
        if (scanner.name() == "workbookPr") {
            const std::string date = scanner.Attribute("date1904").value_or("0");
            date_1904_ = date == "1" || date == "true";
        }
        if (scanner.name() != "sheet") continue;
        const auto target = targets.find(scanner.Attribute("id").value_or(""));
        if (target == targets.end() || sheets_.size() == kMostSheets) {
            return Fail(
                Fault::kBadInput, "a sheet of the workbook is not there, or there are too many"
            );
        }
        sheets_.push_back(scanner.Attribute("name").value_or(""));
        paths_.push_back(target->second);
    }
    if (!archive_.Has("xl/sharedStrings.xml")) return {};
    TILTH_TRY(const std::string strings, archive_.Read("xl/sharedStrings.xml", kMaxXlsxPart));
    return ReadSharedStrings(strings);
}

Status XlsxWorkbook::ReadSharedStrings(std::string_view xml) {
    XmlScanner scanner(xml);
    bool in_text = false;
    int phonetic = 0;  // <rPh> holds a reading aid, which is not the text.
    for (Event event = scanner.Next(); event != Event::kDone; event = scanner.Next()) {
        if (event == Event::kError || strings_.size() > kMostStrings) {
            return Fail(Fault::kBadInput, "the texts of the workbook are damaged");
        }
        const bool start = event == Event::kStart;
        if (event == Event::kText) {
            if (in_text && !strings_.empty()) strings_.back() += scanner.text();
        } else if (scanner.name() == "si" && start) {
            strings_.emplace_back();
        } else if (scanner.name() == "rPh") {
            phonetic += start ? 1 : -1;
        } else if (scanner.name() == "t") {
            in_text = start && phonetic == 0;
        }
    }
    return {};
}

Status XlsxWorkbook::ReadSheet(size_t sheet, const TakeRow& take) const {
    TILTH_TRY(const std::string xml, archive_.Read(paths_[sheet], kMaxXlsxPart));
    return SheetReader(xml, strings_, take).Read();
}

std::optional<Time> XlsxWorkbook::WallTime(double days) const {
    namespace chr = std::chrono;
    constexpr chr::sys_days kEpoch1900 =
        chr::year{1899} / 12 / 30;  // Day 60 is 1900-02-29, which never was.
    constexpr chr::sys_days kEpoch1904 = chr::year{1904} / 1 / 1;
    constexpr double kLastDay = 2'958'465;  // 9999-12-31
    if (!(days >= (date_1904_ ? 0 : 61)) || days > kLastDay) return std::nullopt;
    const auto millis = static_cast<int64_t>(std::floor(days * kMillisPerDay + 0.5));
    return Time{date_1904_ ? kEpoch1904 : kEpoch1900} + chr::milliseconds{millis};
}

}  // namespace tilth::codec
