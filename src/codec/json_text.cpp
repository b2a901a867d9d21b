#include "codec/json_text.h"

#include "base/append.h"
#include "base/text.h"

namespace tilth::codec {

void AppendJsonString(std::string& out, std::string_view text) {
    std::string printable;
    if (!IsUtf8(text)) {
        printable = Printable(text, text.size());
        text = printable;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            Append(out, "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace tilth::codec
