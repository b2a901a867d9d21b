#include "base/text.h"

#include "base/append.h"

#include <algorithm>
#include <numeric>

namespace tilth {
namespace {

/// Length of the UTF-8 sequence at the front of text, or 0; code_point is set when it is valid.
size_t TakeCodePoint(std::string_view text, char32_t& code_point) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        code_point = first;
        return 1;
    }
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || first > 0xf4 || text.size() < length) return 0;
    code_point = first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
        code_point = (code_point << 6) | (byte(i) & 0x3fu);
    }
    const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    if (code_point < least || code_point > 0x10ffff) return 0;
    if (code_point >= 0xd800 && code_point <= 0xdfff) return 0;
    return length;
}

}  // namespace

bool IsUtf8(std::string_view text) {
    while (!text.empty()) {
        char32_t code_point = 0;
        const size_t length = TakeCodePoint(text, code_point);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

Status CheckKey(std::string_view key, std::string_view what) {
    if (key.empty()) return Fail(Fault::kBadInput, "{} is empty", what);
    if (key.size() > 256) {
        return Fail(Fault::kBadInput, "{} has {} bytes; at most 256 are allowed", what, key.size());
    }
    for (std::string_view rest = key; !rest.empty();) {
        char32_t code_point = 0;
        const size_t length = TakeCodePoint(rest, code_point);
        if (length == 0)
            return Fail(Fault::kBadInput, "{} \"{}\" is not UTF-8", what, Printable(key));
        if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) {
            return Fail(
                Fault::kBadInput, "{} \"{}\" has a control character", what, Printable(key)
            );
        }
        rest.remove_prefix(length);
    }
    return {};
}

std::string Printable(std::string_view bytes, size_t limit) {
    std::string text;
    for (const char c : bytes.substr(0, limit)) {
        if (c >= 0x20 && c < 0x7f) {
            text += c;
        } else {
            Append(text, "\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    if (bytes.size() > limit) text += "...";
    return text;
}

namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, replace});
        }
    }
    return row.back();
}

}  // namespace

std::string_view Closest(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        const size_t distance = EditDistance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace tilth
