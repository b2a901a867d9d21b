#include "query/json_writer.h"

#include "base/append.h"
#include "base/text.h"

#include <charconv>
#include <cmath>

namespace tilth::query {
namespace {

void AppendTwo(std::string& out, int64_t number) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
}

void AppendDate(std::string& out, int64_t day) {
    thread_local int64_t known_day = INT64_MIN;
    thread_local std::string known;
    if (day != known_day) {
        known = FormatRfc3339(Time{std::chrono::days{day}}).substr(0, 11);
        known_day = day;
    }
    out += known;
}

void AppendDouble(std::string& out, double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    out.append(buffer, end);
}

/// Length of the well-formed UTF-8 sequence at the start of text, 0 when there is none.
size_t SequenceLength(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const size_t length = lead < 0x80    ? 1
                          : lead >= 0xf0 ? 4
                          : lead >= 0xe0 ? 3
                          : lead >= 0xc2 ? 2
                                         : 0;
    if (length == 0 || length > text.size()) return 0;
    return IsUtf8(text.substr(0, length)) ? length : 0;
}

void AppendEscaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            Append(out, "\\u{:04x}", static_cast<unsigned>(c));
            return;
    }
}

}  // namespace

void AppendTime(std::string& out, Time time) {
    using std::chrono::floor;
    const auto day = floor<std::chrono::days>(time);
    const int64_t days = day.time_since_epoch().count();
    // Years 0001 to 9999, which have four digits.
    if (days < -719'162 || days > 2'932'896) {
        out += FormatRfc3339(time);
        return;
    }
    AppendDate(out, days);
    const int64_t micros = (time - day).count();
    const int64_t seconds = micros / 1'000'000;
    const int64_t fraction = micros % 1'000'000;
    AppendTwo(out, seconds / 3600);
    out += ':';
    AppendTwo(out, seconds / 60 % 60);
    out += ':';
    AppendTwo(out, seconds % 60);
    if (fraction % 1000 != 0) {
        Append(out, ".{:06}", fraction);
    } else if (fraction != 0) {
        Append(out, ".{:03}", fraction / 1000);
    }
    out += 'Z';
}

void AppendJsonNumber(std::string& out, double value) {
    if (std::isfinite(value)) {
        AppendDouble(out, value);
    } else {
        out += "null";
    }
}

void AppendCsvNumber(std::string& out, double value) {
    if (!std::isnan(value)) AppendDouble(out, value);
}

void AppendJsonString(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const char c = text[0];
        const size_t length = SequenceLength(text);
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '\x7f')) {
            AppendEscaped(out, c);
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void AppendCsvField(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void JsonWriter::Comma() {
    if (comma_) out_ += ',';
    comma_ = true;
}

JsonWriter& JsonWriter::Open(char bracket) {
    Comma();
    out_ += bracket;
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
    out_ += bracket;
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
    Comma();
    AppendJsonString(out_, key);
    out_ += ':';
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::Value(std::string_view text) {
    Comma();
    AppendJsonString(out_, text);
    return *this;
}

JsonWriter& JsonWriter::Value(double number) {
    Comma();
    AppendJsonNumber(out_, number);
    return *this;
}

JsonWriter& JsonWriter::Value(Time time) {
    Comma();
    out_ += '"';
    AppendTime(out_, time);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::Literal(std::string_view json) {
    Comma();
    out_ += json;
    return *this;
}

}  // namespace tilth::query
