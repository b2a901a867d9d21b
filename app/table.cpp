#include "app/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tilth::app {
namespace {

constexpr size_t kRowsAtATime = 200;

/// Characters, not bytes: continuation bytes of UTF-8 take no place.
size_t WidthOf(std::string_view text) {
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) {
        return (c & 0xc0) != 0x80;
    }));
}

}  // namespace

void TablePrinter::Add(std::string_view piece) {
    for (const char c : piece) {
        if (quoted_ && !quote_seen_) {
            if (c == '"') {
                quote_seen_ = true;
            } else {
                cell_ += c;
            }
            continue;
        }
        if (quoted_ && c == '"') {
            cell_ += '"';
            quote_seen_ = false;
            continue;
        }
        if (c == '"' && cell_.empty()) {
            quoted_ = true;
        } else if (c == ',') {
            EndCell();
        } else if (c == '\n') {
            EndRow();
        } else if (c != '\r') {
            cell_ += c;
        }
    }
}

void TablePrinter::EndCell() {
    row_.push_back(std::exchange(cell_, {}));
    quoted_ = quote_seen_ = false;
}

void TablePrinter::EndRow() {
    EndCell();
    rows_.push_back(std::exchange(row_, {}));
    if (rows_.size() == kRowsAtATime) PrintRows();
}

void TablePrinter::Finish() {
    if (!cell_.empty() || !row_.empty()) EndRow();
    PrintRows();
}

void TablePrinter::PrintRows() {
    for (const auto& row : rows_) {
        widths_.resize(std::max(widths_.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], WidthOf(row[i]));
    }
    for (const auto& row : rows_) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line.append(widths_[i] - WidthOf(row[i]) + 2, ' ');
        }
        fmt::print(out_, "{}\n", line);
    }
    rows_.clear();
}

}  // namespace tilth::app
