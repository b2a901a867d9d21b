#include "codec/text_rows.h"

namespace tilth::codec {

bool LineReader::Next(std::string_view& line, uint64_t& number) {
    if (rest_.empty()) return false;
    number = next_number_++;
    bool in_quotes = false;
    for (size_t i = 0; i < rest_.size();) {
        if (quotes_ && rest_[i] == '"') in_quotes = !in_quotes;
        const size_t end = LineEndAt(rest_, i);
        if (end == 0) {
            ++i;
            continue;
        }
        if (in_quotes) {
            ++next_number_;
            i += end;
            continue;
        }
        line = rest_.substr(0, i);
        rest_.remove_prefix(i + end);
        return true;
    }
    line = rest_;
    rest_ = {};
    return true;
}

void SplitAt(std::string_view line, char delimiter, std::vector<std::string_view>& fields) {
    fields.clear();
    for (size_t at = line.find(delimiter); at != std::string_view::npos;
         at = line.find(delimiter)) {
        fields.push_back(line.substr(0, at));
        line.remove_prefix(at + 1);
    }
    fields.push_back(line);
}

void SplitAtBlanks(std::string_view line, std::vector<std::string_view>& fields) {
    fields.clear();
    while (true) {
        const size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return;
        line.remove_prefix(begin);
        const size_t end = line.find_first_of(" \t");
        fields.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return;
        line.remove_prefix(end);
    }
}

void SplitQuoted(
    std::string_view line,
    char delimiter,
    std::vector<std::string_view>& fields,
    std::vector<std::string>& scratch
) {
    if (line.find('"') == std::string_view::npos) return SplitAt(line, delimiter, fields);
    fields.clear();
    scratch.clear();
    scratch.reserve(line.size() + 1);  // Views point into its strings, which must not move.
    for (size_t i = 0; i <= line.size(); ++i) {
        std::string field;
        bool in_quotes = false;
        for (; i < line.size() && (in_quotes || line[i] != delimiter); ++i) {
            if (line[i] != '"') {
                field += line[i];
            } else if (in_quotes && i + 1 < line.size() && line[i + 1] == '"') {
                field += line[++i];
            } else {
                in_quotes = !in_quotes;
            }
        }
        fields.emplace_back(scratch.emplace_back(std::move(field)));
    }
}

std::string_view Trim(std::string_view text) {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace tilth::codec
