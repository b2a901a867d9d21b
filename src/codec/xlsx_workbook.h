// The cells of a spreadsheet file (Office Open XML, ECMA-376), sheet by sheet, as far as tables of
// values need it: no formulas, no styles.
#pragma once

#include "base/time.h"
#include "codec/zip_archive.h"

#include <functional>
#include <optional>

namespace tilth::codec {

struct XlsxCell {
    uint32_t column = 0;    ///< From 0.
    bool is_text = false;   ///< A text or an error such as #N/A; else a number as it is written.
    std::string_view text;  ///< Valid during the call that hands out the cell.
};

class XlsxWorkbook {
  public:
    /// The bytes must outlive it. kBadInput when they are no workbook.
    static Result<XlsxWorkbook> Open(std::string_view bytes);

    /// Names of the sheets, hidden ones too, in the workbook's order.
    const std::vector<std::string>& sheets() const { return sheets_; }

    /// Hands out the rows of a sheet that have cells: number from 1, cells in rising columns.
    /// `take` returns false to stop. kBadInput when the sheet is damaged.
    using TakeRow = std::function<bool(uint32_t row, const std::vector<XlsxCell>& cells)>;
    Status ReadSheet(size_t sheet, const TakeRow& take) const;

    /// A date in days, as cells hold it, as wall time to the millisecond; none outside the years
    /// 1900 to 9999.
    std::optional<Time> WallTime(double days) const;

  private:
    explicit XlsxWorkbook(ZipArchive archive) : archive_(std::move(archive)) {}
    Status ReadIndex();
    Status ReadSharedStrings(std::string_view xml);

    ZipArchive archive_;
    std::vector<std::string> sheets_;
    std::vector<std::string> paths_;
    std::vector<std::string> strings_;
    bool date_1904_ = false;
};

/// Most bytes of an unpacked part that are read.
inline constexpr size_t kMaxXlsxPart = size_t{128} << 20;

/// "C12" -> 2. None when the reference has no column or one beyond XFD.
std::optional<uint32_t> XlsxColumn(std::string_view reference);

}  // namespace tilth::codec
