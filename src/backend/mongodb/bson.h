// BSON documents as values: built field by field, and read by name.
//
// A document that is built never fails: what goes in is bounded by its callers far below BSON's
// limit of 2 GB.
#pragma once

#include <bson/bson.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace tilth::mongodb {

/// True for UTF-8 without U+0000: what every server with MongoDB's protocol keeps as a string.
bool IsPlainText(std::string_view bytes);

/// Owns a document that is being built; each call adds a field and returns the document.
class Document {
  public:
    Document() { bson_init(&bson_); }
    ~Document() { bson_destroy(&bson_); }
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    Document& Int64(std::string_view key, int64_t value);
    Document& Int32(std::string_view key, int32_t value);
    Document& Double(std::string_view key, double value);
    Document& Bool(std::string_view key, bool value);
    Document& Text(std::string_view key, std::string_view text);
    /// A string where the bytes are plain text, else binary data: one form for each value.
    Document& Bytes(std::string_view key, std::string_view bytes);
    Document& Date(std::string_view key, int64_t milliseconds);
    Document& Sub(std::string_view key, const Document& value);
    /// `value` was built with the keys "0", "1", ...
    Document& Array(std::string_view key, const Document& value);

    const bson_t* get() const { return &bson_; }
    bson_t* get() { return &bson_; }

  private:
    bson_t bson_;
};

/// Adds bytes as Document::Bytes does.
void AppendBytes(bson_t* document, std::string_view key, std::string_view bytes);

/// Any integer, and a double that is one.
std::optional<int64_t> IntOf(const bson_iter_t& field);
/// A string or binary data; valid as long as the document.
std::optional<std::string_view> BytesOf(const bson_iter_t& field);

/// The field of that name, if the document has it and it has that type.
std::optional<int64_t> IntIn(const bson_t& document, const char* key);
std::optional<std::string_view> BytesIn(const bson_t& document, const char* key);
bool TrueIn(const bson_t& document, const char* key);

}  // namespace tilth::mongodb
