#include "codec/xml_scanner.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace tilth::codec {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view WithoutPrefix(std::string_view name) {
    const size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void AppendUtf8(std::string& out, uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

/// The character that "amp", "#176" or "#xB0" stands for; 0 when it is none.
uint32_t CharacterOf(std::string_view entity) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [name, character] : kNamed) {
        if (entity == name) return static_cast<unsigned char>(character);
    }
    if (!entity.starts_with('#')) return 0;
    const bool hex = entity.size() > 1 && entity[1] == 'x';
    entity.remove_prefix(hex ? 2 : 1);
    uint32_t c = 0;
    const char* const end = entity.data() + entity.size();
    if (std::from_chars(entity.data(), end, c, hex ? 16 : 10).ptr != end) return 0;
    return c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : c;
}

}  // namespace

void AppendUnescaped(std::string& out, std::string_view text) {
    constexpr size_t kLongestEntity = 10;
    for (size_t amp = text.find('&'); amp != std::string_view::npos; amp = text.find('&')) {
        out += text.substr(0, amp);
        text.remove_prefix(amp);
        const size_t end = text.substr(0, kLongestEntity).find(';');
        const uint32_t c = end == std::string_view::npos ? 0 : CharacterOf(text.substr(1, end - 1));
        if (c == 0) {
            out += '&';
            text.remove_prefix(1);
        } else {
            AppendUtf8(out, c);
            text.remove_prefix(end + 1);
        }
    }
    out += text;
}

XmlScanner::Event XmlScanner::Next() {
    if (failed_) return Event::kError;
    if (pending_end_) {
        pending_end_ = false;
        return Event::kEnd;
    }
    while (!rest_.empty()) {
        if (rest_[0] != '<') return TakeText();
        if (rest_.starts_with("<!--")) {
            if (!SkipPast("-->")) return Error();
        } else if (rest_.starts_with("<?")) {
            if (!SkipPast("?>")) return Error();
        } else if (rest_.starts_with("<![CDATA[")) {
            return TakeCData();
        } else if (rest_.starts_with("<!")) {
            return Error();
        } else {
            return TakeTag();
        }
    }
    return Event::kDone;
}

XmlScanner::Event XmlScanner::TakeText() {
    const std::string_view raw = rest_.substr(0, rest_.find('<'));
    rest_.remove_prefix(raw.size());
    text_.clear();
    AppendUnescaped(text_, raw);
    return Event::kText;
}

XmlScanner::Event XmlScanner::TakeCData() {
    const size_t end = rest_.find("]]>");
    if (end == std::string_view::npos) return Error();
    text_ = rest_.substr(9, end - 9);
    rest_.remove_prefix(end + 3);
    return Event::kText;
}

XmlScanner::Event XmlScanner::TakeTag() {
    // A '>' may stand inside the quotes of an attribute.
    char quote = 0;
    size_t end = 1;
    for (; end < rest_.size() && (quote != 0 || rest_[end] != '>'); ++end) {
        const char c = rest_[end];
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
    }
    if (end == rest_.size()) return Error();
    std::string_view tag = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const bool closing = tag.starts_with('/');
    if (closing) tag.remove_prefix(1);
    pending_end_ = !closing && tag.ends_with('/');
    if (pending_end_) tag.remove_suffix(1);
    const size_t name_end = std::min(tag.find_first_of(kBlanks), tag.size());
    if (name_end == 0) return Error();
    name_ = WithoutPrefix(tag.substr(0, name_end));
    attributes_ = tag.substr(name_end);
    return closing ? Event::kEnd : Event::kStart;
}

XmlScanner::Event XmlScanner::Error() {
    failed_ = true;
    pending_end_ = false;
    return Event::kError;
}

bool XmlScanner::SkipPast(std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
}

std::optional<std::string> XmlScanner::Attribute(std::string_view name) const {
    std::string_view rest = attributes_;
    while (true) {
        const size_t begin = rest.find_first_not_of(kBlanks);
        const size_t equals = rest.find('=');
        if (begin == std::string_view::npos || equals == std::string_view::npos || equals < begin)
            return std::nullopt;
        const std::string_view key = rest.substr(begin, equals - begin);
        rest.remove_prefix(equals + 1);
        const size_t open = rest.find_first_of("\"'");
        if (open == std::string_view::npos) return std::nullopt;
        const size_t close = rest.find(rest[open], open + 1);
        if (close == std::string_view::npos) return std::nullopt;
        if (WithoutPrefix(key.substr(0, key.find_last_not_of(kBlanks) + 1)) == name) {
            std::string value;
            AppendUnescaped(value, rest.substr(open + 1, close - open - 1));
            return value;
        }
        rest.remove_prefix(close + 1);
    }
}

}  // namespace tilth::codec
