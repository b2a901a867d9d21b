// Lines and fields of text files, without copying.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// Ends a line: LF, CR, or either followed by the other (CR LF, and the LF CR that some archives
/// have). The length of the line end at text[at], 0 when there is none.
inline size_t LineEndAt(std::string_view text, size_t at) {
    const char c = text[at];
    if (c != '\n' && c != '\r') return 0;
    const bool pair =
        at + 1 < text.size() && text[at + 1] != c && (text[at + 1] == '\n' || text[at + 1] == '\r');
    return pair ? 2 : 1;
}

/// Gives the lines of a text one after the other.
class LineReader {
  public:
    /// With `quotes` a line end inside double quotes belongs to the line.
    LineReader(std::string_view text, uint64_t first_line, bool quotes)
        : rest_(text), next_number_(first_line), quotes_(quotes) {}

    /// False at the end. `line` has no line end; `number` is that of its first physical line.
    bool Next(std::string_view& line, uint64_t& number);

  private:
    std::string_view rest_;
    uint64_t next_number_;
    bool quotes_;
};

/// Replaces `fields` by the parts of `line` between delimiters.
void SplitAt(std::string_view line, char delimiter, std::vector<std::string_view>& fields);
/// The parts between runs of spaces and tabs.
void SplitAtBlanks(std::string_view line, std::vector<std::string_view>& fields);
/// Fields of RFC 4180: those in double quotes are unquoted. `scratch` owns the text of fields that
/// had quotes inside; it must outlive the fields.
void SplitQuoted(
    std::string_view line,
    char delimiter,
    std::vector<std::string_view>& fields,
    std::vector<std::string>& scratch
);

/// Without spaces, tabs and a UTF-8 byte order mark at either end.
std::string_view Trim(std::string_view text);

}  // namespace tilth::codec
