#include "codec/json_document.h"

#include <cstring>
#include <new>

namespace tilth::codec {
namespace {

constexpr size_t kFirstCapacity = 4096;

std::unexpected<DecodeError> Explain(simdjson::error_code error) {
    switch (error) {
        case simdjson::EMPTY:
            return Refuse("empty", "the message has no content");
        case simdjson::UTF8_ERROR:
            return Refuse("not_utf8", "the message is not UTF-8 text");
        case simdjson::DEPTH_ERROR:
            return Refuse("too_deep", "objects and arrays stand more than {} deep", kMaxJsonDepth);
        case simdjson::NUMBER_ERROR:
            return Refuse("bad_number", "a number is malformed or beyond the range of a double");
        default:
            return Refuse(
                "not_json", "the message is not JSON: {}", simdjson::error_message(error)
            );
    }
}

/// A bare NaN stands where a value may start: after one of these, spaces apart.
bool MayStartValue(char before) {
    return before == ':' || before == ',' || before == '[';
}

}  // namespace

JsonDocument::JsonDocument() {
    buffer_.resize(kFirstCapacity + simdjson::SIMDJSON_PADDING);
    // Sets the limit of depth as well, which later growth keeps.
    if (parser_.allocate(kFirstCapacity, kMaxJsonDepth) != simdjson::SUCCESS)
        throw std::bad_alloc();
}

DecodeStatus JsonDocument::Parse(std::string_view text, simdjson::dom::element& root) {
    if (text.size() > kMaxMessageBytes) {
        return Refuse(
            "too_large",
            "the message has {} bytes; at most {} are decoded",
            text.size(),
            kMaxMessageBytes
        );
    }
    Fill(text);
    simdjson::error_code error = ParseBuffer(root);
    if (error != simdjson::SUCCESS && error != simdjson::UTF8_ERROR && ReplaceNan(text)) {
        error = ParseBuffer(root);
    }
    if (error != simdjson::SUCCESS) return Explain(error);
    return {};
}

void JsonDocument::Fill(std::string_view text) {
    if (buffer_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
        buffer_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    }
    if (!text.empty()) std::memcpy(buffer_.data(), text.data(), text.size());
    length_ = text.size();
}

simdjson::error_code JsonDocument::ParseBuffer(simdjson::dom::element& root) {
    return parser_.parse(buffer_.data(), length_, false).get(root);
}

bool JsonDocument::ReplaceNan(std::string_view text) {
    replaced_.clear();
    bool in_string = false;
    char before = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string && c == '\\' && i + 1 < text.size()) {
            replaced_ += c;
            replaced_ += text[++i];
            continue;
        }
        if (c == '"') in_string = !in_string;
        const std::string_view word = text.substr(i, 3);
        if (!in_string && MayStartValue(before) && (word == "NaN" || word == "nan")) {
            replaced_ += "null";
            i += 2;
        } else {
            replaced_ += c;
        }
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') before = c;
    }
    if (replaced_.size() == text.size()) return false;
    Fill(replaced_);
    return true;
}

}  // namespace tilth::codec
