// The part of Thrift's compact protocol that Parquet's metadata needs, writing only.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::query {

class ThriftWriter {
  public:
    explicit ThriftWriter(std::string& out) : out_(out) {}

    void I32(int field, int32_t value) {
        Header(field, kI32);
        Varint(Zigzag(value));
    }
    void I64(int field, int64_t value) {
        Header(field, kI64);
        Varint(Zigzag(value));
    }
    void True(int field) { Header(field, kTrue); }
    void Text(int field, std::string_view text) {
        Header(field, kBinary);
        Bytes(text);
    }
    void Begin(int field) {
        Header(field, kStruct);
        last_.push_back(0);
    }
    void End() {
        out_ += '\0';
        last_.pop_back();
    }
    void ListOfStructs(int field, size_t size) { List(field, size, kStruct); }
    void ListOfI32(int field, const std::vector<int32_t>& values) {
        List(field, values.size(), kI32);
        for (const int32_t value : values) Varint(Zigzag(value));
    }
    void ListOfOneText(int field, std::string_view text) {
        List(field, 1, kBinary);
        Bytes(text);
    }
    /// A struct that is an element of a list.
    void BeginElement() { last_.push_back(0); }

  private:
    enum Type : uint8_t { kTrue = 1, kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };

    static uint64_t Zigzag(int64_t value) {
        return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    }
    void Varint(uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
        out_ += static_cast<char>(value);
    }
    void Bytes(std::string_view bytes) {
        Varint(bytes.size());
        out_ += bytes;
    }
    /// Fields of a struct come in rising order, by less than 16.
    void Header(int field, Type type) {
        out_ += static_cast<char>((field - last_.back()) << 4 | type);
        last_.back() = field;
    }
    void List(int field, size_t size, Type type) {
        Header(field, kList);
        if (size < 15) {
            out_ += static_cast<char>(size << 4 | type);
            return;
        }
        out_ += static_cast<char>(0xf0 | type);
        Varint(size);
    }

    std::string& out_;
    std::vector<int> last_{0};
};

}  // namespace tilth::query
