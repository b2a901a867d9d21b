// Prints CSV as a table with aligned columns, some rows at a time, so that a long answer starts at
// once.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::app {

class TablePrinter {
  public:
    explicit TablePrinter(std::FILE* out) : out_(out) {}

    /// The next piece of the CSV text (RFC 4180), of any length.
    void Add(std::string_view piece);
    void Finish();

  private:
    void EndCell();
    void EndRow();
    void PrintRows();

    std::FILE* out_;
    std::string cell_;
    bool quoted_ = false;
    bool quote_seen_ = false;  ///< Inside quotes: the last character was a quote.
    std::vector<std::string> row_;
    std::vector<std::vector<std::string>> rows_;
    std::vector<size_t> widths_;
};

}  // namespace tilth::app
