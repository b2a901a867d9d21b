// JSON text to a tree, with reused buffers and with what sensors get wrong told apart.
#pragma once

#include "codec/decoder.h"

#include <simdjson.h>

#include <string_view>

namespace tilth::codec {

/// Makes a DecodeError; `return Refuse("no_value", "...")` from a function that gives a
/// DecodeStatus.
template <class... Args>
std::unexpected<DecodeError> Refuse(
    std::string_view code, fmt::format_string<Args...> format, Args&&... args
) {
    return std::unexpected(DecodeError{code, fmt::format(format, std::forward<Args>(args)...)});
}

/// Not thread-safe. Allocates only when a text is longer than all before it.
class JsonDocument {
  public:
    JsonDocument();

    /// Parses and checks the whole text. The bare words NaN and nan, which no JSON has but many
    /// senders write, are read as null. On success `root` is valid until the next Parse. Codes:
    /// too_large, empty, not_utf8, not_json, too_deep, bad_number.
    DecodeStatus Parse(std::string_view text, simdjson::dom::element& root);

  private:
    void Fill(std::string_view text);
    simdjson::error_code ParseBuffer(simdjson::dom::element& root);
    bool ReplaceNan(std::string_view text);

    simdjson::dom::parser parser_;
    std::string buffer_;  ///< The text and the padding that the parser may read.
    std::string replaced_;
    size_t length_ = 0;  ///< Of the text in it.
};

}  // namespace tilth::codec
