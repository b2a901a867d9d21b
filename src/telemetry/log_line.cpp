#include "telemetry/log_line.h"

#include "base/append.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace tilth::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool IsPlain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._:/+-@").contains(c);
    });
}

// Calls out(piece) for each longest run of well-formed UTF-8 and bad(byte) for each other byte.
template <class Out, class Bad>
void SplitUtf8(std::string_view text, Out out, Bad bad) {
    if (IsUtf8(text)) {
        out(text);
        return;
    }
    while (!text.empty()) {
        size_t length = std::min<size_t>(text.size(), 4);
        while (length > 0 && !IsUtf8(text.substr(0, length))) --length;
        if (length > 0) {
            out(text.substr(0, length));
        } else {
            bad(text[0]);
        }
        text.remove_prefix(std::max<size_t>(length, 1));
    }
}

void AppendEscaped(std::string& line, char c) {
    switch (c) {
        case '\n':
            line += "\\n";
            break;
        case '\r':
            line += "\\r";
            break;
        case '\t':
            line += "\\t";
            break;
        default:
            Append(line, "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

// Control characters escaped; inside quotation marks the marks and backslashes as well.
void AppendPiece(std::string& line, std::string_view piece, bool quoted) {
    for (const char c : piece) {
        if (IsControl(c)) {
            AppendEscaped(line, c);
        } else {
            if (quoted && (c == '"' || c == '\\')) line += '\\';
            line += c;
        }
    }
}

// Text for a reader: bytes that are no UTF-8 as \xNN.
void AppendReadable(std::string& line, std::string_view text, bool quoted) {
    SplitUtf8(
        text,
        [&](std::string_view piece) { AppendPiece(line, piece, quoted); },
        [&](char c) { Append(line, "\\x{:02x}", static_cast<unsigned char>(c)); }
    );
}

void AppendJsonString(std::string& line, std::string_view text) {
    line += '"';
    SplitUtf8(
        text,
        [&](std::string_view piece) { AppendPiece(line, piece, true); },
        [&](char) { line += kReplacement; }
    );
    line += '"';
}

void AppendTextValue(std::string& line, const Field::Value& value) {
    std::visit(
        [&]<class T>(const T& held) {
            if constexpr (!std::is_same_v<T, std::string_view>) {
                Append(line, "{}", held);
            } else if (IsPlain(held)) {
                line += held;
            } else {
                line += '"';
                AppendReadable(line, held, true);
                line += '"';
            }
        },
        value
    );
}

void AppendJsonValue(std::string& line, const Field::Value& value) {
    std::visit(
        [&]<class T>(const T& held) {
            if constexpr (std::is_same_v<T, std::string_view>) {
                AppendJsonString(line, held);
            } else if constexpr (std::is_same_v<T, double>) {
                const std::string_view quote = std::isfinite(held) ? "" : "\"";
                Append(line, "{0}{1}{0}", quote, held);
            } else {
                Append(line, "{}", held);
            }
        },
        value
    );
}

// Whole milliseconds: enough to read along, and every line has the same width.
std::string Stamp(Time time) {
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto second = std::chrono::floor<std::chrono::seconds>(millis);
    std::string stamp = FormatRfc3339(Time{second});
    stamp.insert(stamp.size() - 1, fmt::format(".{:03}", (millis - second).count()));
    return stamp;
}

std::string_view PaddedName(Level level) {
    switch (level) {
        case Level::kDebug:
            return "DEBUG";
        case Level::kInfo:
            return "INFO ";
        case Level::kWarning:
            return "WARN ";
        case Level::kError:
            return "ERROR";
    }
    return "?    ";
}

}  // namespace

std::string TextLine(
    Time time, Level level, std::string_view message, std::span<const Field> fields
) {
    std::string line = fmt::format("{} {} ", Stamp(time), PaddedName(level));
    AppendReadable(line, message, false);
    for (const Field& field : fields) {
        line += ' ';
        AppendReadable(line, field.Key(), false);
        line += '=';
        AppendTextValue(line, field.Get());
    }
    return line;
}

std::string JsonLine(
    Time time, Level level, std::string_view message, std::span<const Field> fields
) {
    std::string line =
        fmt::format(R"({{"time":"{}","level":"{}","message":)", Stamp(time), Name(level));
    AppendJsonString(line, message);
    for (const Field& field : fields) {
        line += ',';
        AppendJsonString(line, field.Key());
        line += ':';
        AppendJsonValue(line, field.Get());
    }
    line += '}';
    return line;
}

}  // namespace tilth::telemetry
