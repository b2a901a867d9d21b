#include "backend/mongodb/bson.h"

#include <simdjson.h>

#include <cmath>
#include <cstring>

namespace tilth::mongodb {
namespace {

int Length(std::string_view key) {
    return static_cast<int>(key.size());
}

}  // namespace

bool IsPlainText(std::string_view bytes) {
    return std::memchr(bytes.data(), 0, bytes.size()) == nullptr &&
           simdjson::validate_utf8(bytes.data(), bytes.size());
}

void AppendBytes(bson_t* document, std::string_view key, std::string_view bytes) {
    if (bytes.empty() || IsPlainText(bytes)) {
        const char* text = bytes.empty() ? "" : bytes.data();
        bson_append_utf8(document, key.data(), Length(key), text, Length(bytes));
    } else {
        bson_append_binary(
            document,
            key.data(),
            Length(key),
            BSON_SUBTYPE_BINARY,
            reinterpret_cast<const uint8_t*>(bytes.data()),
            static_cast<uint32_t>(bytes.size())
        );
    }
}

Document& Document::Int64(std::string_view key, int64_t value) {
    bson_append_int64(&bson_, key.data(), Length(key), value);
    return *this;
}
Document& Document::Int32(std::string_view key, int32_t value) {
    bson_append_int32(&bson_, key.data(), Length(key), value);
    return *this;
}
Document& Document::Double(std::string_view key, double value) {
    bson_append_double(&bson_, key.data(), Length(key), value);
    return *this;
}
Document& Document::Bool(std::string_view key, bool value) {
    bson_append_bool(&bson_, key.data(), Length(key), value);
    return *this;
}
Document& Document::Text(std::string_view key, std::string_view text) {
    bson_append_utf8(&bson_, key.data(), Length(key), text.data(), Length(text));
    return *this;
}
Document& Document::Bytes(std::string_view key, std::string_view bytes) {
    AppendBytes(&bson_, key, bytes);
    return *this;
}
Document& Document::Date(std::string_view key, int64_t milliseconds) {
    bson_append_date_time(&bson_, key.data(), Length(key), milliseconds);
    return *this;
}
Document& Document::Sub(std::string_view key, const Document& value) {
    bson_append_document(&bson_, key.data(), Length(key), value.get());
    return *this;
}
Document& Document::Array(std::string_view key, const Document& value) {
    bson_append_array(&bson_, key.data(), Length(key), value.get());
    return *this;
}

std::optional<int64_t> IntOf(const bson_iter_t& field) {
    if (BSON_ITER_HOLDS_INT64(&field)) return bson_iter_int64(&field);
    if (BSON_ITER_HOLDS_INT32(&field)) return bson_iter_int32(&field);
    if (BSON_ITER_HOLDS_DOUBLE(&field)) {
        const double value = bson_iter_double(&field);
        if (std::abs(value) <= 0x1p53 && std::trunc(value) == value)
            return static_cast<int64_t>(value);
    }
    return std::nullopt;
}

std::optional<std::string_view> BytesOf(const bson_iter_t& field) {
    uint32_t size = 0;
    if (BSON_ITER_HOLDS_UTF8(&field)) {
        const char* text = bson_iter_utf8(&field, &size);
        return std::string_view(text, size);
    }
    if (BSON_ITER_HOLDS_BINARY(&field)) {
        const uint8_t* bytes = nullptr;
        bson_iter_binary(&field, nullptr, &size, &bytes);
        return std::string_view(reinterpret_cast<const char*>(bytes), size);
    }
    return std::nullopt;
}

std::optional<int64_t> IntIn(const bson_t& document, const char* key) {
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, key)) return std::nullopt;
    return IntOf(field);
}

std::optional<std::string_view> BytesIn(const bson_t& document, const char* key) {
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, key)) return std::nullopt;
    return BytesOf(field);
}

bool TrueIn(const bson_t& document, const char* key) {
    bson_iter_t field;
    return bson_iter_init_find(&field, &document, key) && bson_iter_as_bool(&field);
}

}  // namespace tilth::mongodb
