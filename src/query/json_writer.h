// JSON, CSV and their numbers and times, written onto the end of a string: no tree is built, so an
// answer of any length can be written piece by piece.
#pragma once

#include "base/time.h"
#include "model/observation.h"

#include <concepts>
#include <string>
#include <string_view>

namespace tilth::query {

/// FormatRfc3339, faster for times of one day after another.
void AppendTime(std::string& out, Time time);
/// The shortest text that reads back as the same double; "null" when it is not finite.
void AppendJsonNumber(std::string& out, double value);
/// The same; nothing when it is NaN, "inf" or "-inf" when infinite.
void AppendCsvNumber(std::string& out, double value);
/// With quotes and escapes. Bytes that are no UTF-8 become U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);
/// RFC 4180: quoted where it must be. A text that a spreadsheet would take for a formula is left as
/// it is.
void AppendCsvField(std::string& out, std::string_view text);

/// Writes commas and quotes; the caller keeps begins and ends in balance.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& BeginObject() { return Open('{'); }
    JsonWriter& EndObject() { return Close('}'); }
    JsonWriter& BeginArray() { return Open('['); }
    JsonWriter& EndArray() { return Close(']'); }
    JsonWriter& Key(std::string_view key);

    JsonWriter& Value(std::string_view text);
    JsonWriter& Value(const char* text) { return Value(std::string_view(text)); }
    JsonWriter& Value(const std::string& text) { return Value(std::string_view(text)); }
    JsonWriter& Value(double number);
    JsonWriter& Value(bool truth) { return Literal(truth ? "true" : "false"); }
    JsonWriter& Value(Time time);
    template <std::integral T>
    JsonWriter& Value(T number) {
        return Literal(fmt::format_int(number).c_str());
    }
    JsonWriter& Null() { return Literal("null"); }
    /// A number as a string, for those that JavaScript cannot hold.
    template <std::integral T>
    JsonWriter& Quoted(T number) {
        return Value(std::string_view(fmt::format_int(number).c_str()));
    }
    /// Text that is JSON already.
    JsonWriter& Literal(std::string_view json);

    template <class T>
    JsonWriter& Field(std::string_view key, const T& value) {
        return Key(key).Value(value);
    }
    /// Null where the optional is empty.
    template <class T>
    JsonWriter& OptionalField(std::string_view key, const T& optional) {
        Key(key);
        return optional ? Value(*optional) : Null();
    }

  private:
    JsonWriter& Open(char bracket);
    JsonWriter& Close(char bracket);
    void Comma();

    std::string& out_;
    bool comma_ = false;
};

}  // namespace tilth::query
