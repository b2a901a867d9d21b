// Reading and writing the basic data types of MQTT (MQTT5 1.5): big-endian integers, variable byte
// integers, and texts with a two-byte length. Nothing here allocates but the output string.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tilth::mqtt {

/// A cursor over received bytes that never passes their end. After the first failure every read
/// returns zero or empty, so that a decoder checks once, at its end, with Done().
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    uint8_t U8() {
        if (rest_.empty()) return Refuse("ends too early"), uint8_t{0};
        const auto value = static_cast<uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    uint16_t U16() {
        const std::string_view bytes = Take(2);
        if (bytes.size() != 2) return 0;
        return static_cast<uint16_t>(Byte(bytes, 0) << 8 | Byte(bytes, 1));
    }
    uint32_t U32() {
        const uint32_t high = U16();
        return high << 16 | U16();
    }
    /// Variable byte integer: 7 bits a byte, least significant first, at most four bytes.
    uint32_t Varint() {
        uint32_t value = 0;
        for (unsigned shift = 0; shift <= 21; shift += 7) {
            const uint8_t byte = U8();
            value |= static_cast<uint32_t>(byte & 0x7fu) << shift;
            if ((byte & 0x80u) == 0) return value;
        }
        return Refuse("has a length of more than four bytes"), 0u;
    }
    std::string_view Take(size_t n) {
        if (rest_.size() < n) return Refuse("ends too early"), std::string_view();
        const std::string_view taken = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return taken;
    }
    /// A text or binary field: two bytes of length, then the bytes. UTF-8 is not checked.
    std::string_view Text() { return Take(U16()); }
    std::string_view Rest() { return Take(rest_.size()); }

    bool empty() const { return rest_.empty(); }
    size_t size() const { return rest_.size(); }
    bool failed() const { return why_ != nullptr; }

    /// Ends reading with a reason; the first reason stays. `why` continues "the packet ...".
    void Refuse(const char* why) {
        if (why_ == nullptr) why_ = why;
        rest_ = {};
    }

    /// kBadInput when a read failed, or when bytes are left over. `what` names the packet.
    Status Done(const char* what) {
        if (why_ == nullptr && !rest_.empty()) why_ = "has bytes after its end";
        if (why_ == nullptr) return {};
        return Fail(Fault::kBadInput, "malformed {} from the broker: it {}", what, why_);
    }

  private:
    static unsigned Byte(std::string_view bytes, size_t i) {
        return static_cast<unsigned char>(bytes[i]);
    }

    std::string_view rest_;
    const char* why_ = nullptr;
};

inline void PutU8(std::string& out, uint8_t value) {
    out.push_back(static_cast<char>(value));
}
inline void PutU16(std::string& out, uint16_t value) {
    PutU8(out, static_cast<uint8_t>(value >> 8));
    PutU8(out, static_cast<uint8_t>(value));
}
inline void PutU32(std::string& out, uint32_t value) {
    PutU16(out, static_cast<uint16_t>(value >> 16));
    PutU16(out, static_cast<uint16_t>(value));
}
/// Throws std::length_error above kLargestPacket: the caller has checked its input.
inline void PutVarint(std::string& out, size_t value) {
    if (value > 268'435'455) throw std::length_error("an MQTT packet holds at most 256 MiB");
    do {
        const auto low = static_cast<uint8_t>(value & 0x7fu);
        value >>= 7;
        PutU8(out, static_cast<uint8_t>(value > 0 ? low | 0x80u : low));
    } while (value > 0);
}
/// Throws std::length_error above 65,535 bytes: the caller has checked its input.
inline void PutText(std::string& out, std::string_view text) {
    if (text.size() > 65'535) throw std::length_error("an MQTT text holds at most 65,535 bytes");
    PutU16(out, static_cast<uint16_t>(text.size()));
    out.append(text);
}
/// Bytes that PutVarint writes.
constexpr size_t VarintSize(size_t value) {
    return value < 128 ? 1 : value < 16'384 ? 2 : value < 2'097'152 ? 3 : 4;
}

}  // namespace tilth::mqtt
