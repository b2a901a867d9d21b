#include "store/texts.h"

#include "base/text.h"

namespace tilth {
namespace {

bool Storable(std::string_view text) {
    return text.find('\0') == std::string_view::npos && IsUtf8(text);
}

/// Bytes of the character at the front of `text` if it is well-formed and not U+0000, else 0.
size_t FrontCharacter(std::string_view text) {
    for (size_t length = 1; length <= 4 && length <= text.size(); ++length) {
        if (Storable(text.substr(0, length))) return length;
    }
    return 0;
}

}  // namespace

std::string StorableText(std::string_view text) {
    if (Storable(text)) return std::string(text);
    std::string clean;
    while (!text.empty()) {
        const size_t length = FrontCharacter(text);
        if (length == 0) {
            clean += "\xEF\xBF\xBD";
        } else {
            clean += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return clean;
}

Status CheckStorableName(std::string_view name) {
    if (Storable(name) && !name.empty()) return {};
    return Fail(
        Fault::kBadInput,
        "\"{}\" is not a name a store can keep: it must be UTF-8, not empty, without U+0000",
        Printable(name)
    );
}

}  // namespace tilth
