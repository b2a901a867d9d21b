// PostgreSQL's binary format: big-endian numbers, times counted from 2000, arrays.
//
// Times. A timestamp reaches from 4714 BC to beyond the end of Tilth's time. Time::min() is
// -infinity; a time between it and 4714 BC has no place (IsStorable), and as a bound of a range it
// stands for the first moment there is. Unsigned 64-bit numbers keep their bits; an id that is
// sorted by keeps its order instead (ToOrdered).
#pragma once

#include "base/time.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::postgresql {

/// PostgreSQL's numbers of types (catalog pg_type).
enum class TypeId : uint32_t {
    kBool = 16,
    kBytes = 17,
    kPlace = 27,  ///< tid
    kInt64 = 20,
    kInt16 = 21,
    kInt32 = 23,
    kText = 25,
    kDouble = 701,
    kTimestamp = 1114,
    kTimestampZ = 1184,
    kBits = 1560,
    kXid = 5069,
    kInt32Array = 1007,
    kPlaceArray = 1010,
    kInt64Array = 1016,
    kTimestampArray = 1115,
};

/// Where a row version stands in its table (tid), as it came from the server.
using Place = std::array<char, 6>;

inline constexpr int64_t kEpochMicros = 946'684'800'000'000;  ///< 2000-01-01 after 1970-01-01
inline constexpr Time kEarliest = FromMicros(-211'813'488'000'000'000 + kEpochMicros);

constexpr bool IsStorable(Time time) {
    return time >= kEarliest || time == Time::min();
}
constexpr int64_t ToWire(Time time) {
    if (time == Time::min()) return INT64_MIN;
    return ToMicros(time < kEarliest ? kEarliest : time) - kEpochMicros;
}
constexpr Time FromWire(int64_t wire) {
    if (wire == INT64_MIN) return Time::min();
    if (wire > INT64_MAX - kEpochMicros) return Time::max();
    return FromMicros(wire + kEpochMicros);
}

/// A number whose signed order is the unsigned order of `id`; its own inverse but for the type.
constexpr int64_t ToOrdered(uint64_t id) {
    return static_cast<int64_t>(id ^ (uint64_t{1} << 63));
}
constexpr uint64_t FromOrdered(int64_t ordered) {
    return static_cast<uint64_t>(ordered) ^ (uint64_t{1} << 63);
}

template <class T>
T BigEndian(T value) {
    static_assert(std::endian::native == std::endian::little && std::is_integral_v<T>);
    if constexpr (sizeof(T) == 8)
        return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
    if constexpr (sizeof(T) == 4)
        return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
    if constexpr (sizeof(T) == 2)
        return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
    return value;
}

template <class T>
void PutNumber(std::string& out, T value) {
    const T wire = BigEndian(value);
    out.append(reinterpret_cast<const char*>(&wire), sizeof wire);
}
inline void PutNumber(std::string& out, double value) {
    PutNumber(out, std::bit_cast<int64_t>(value));
}

/// Requires: `bytes` has sizeof(T) of them.
template <class T>
T TakeNumber(const char* bytes) {
    T wire;
    std::memcpy(&wire, bytes, sizeof wire);
    return BigEndian(wire);
}

/// A one-dimensional array without nulls of numbers of fixed size; `put(out, element)` writes one.
template <class Element, class Put>
std::string ArrayOf(TypeId element_type, std::span<const Element> elements, Put put) {
    std::string out;
    out.reserve(20 + elements.size() * 12);
    PutNumber(out, int32_t{elements.empty() ? 0 : 1});
    PutNumber(out, int32_t{0});
    PutNumber(out, static_cast<int32_t>(element_type));
    if (elements.empty()) return out;
    PutNumber(out, static_cast<int32_t>(elements.size()));
    PutNumber(out, int32_t{1});
    for (const Element& element : elements) {
        const size_t at = out.size();
        PutNumber(out, int32_t{0});
        put(out, element);
        const int32_t length = BigEndian(static_cast<int32_t>(out.size() - at - sizeof(int32_t)));
        std::memcpy(out.data() + at, &length, sizeof length);
    }
    return out;
}

/// The 64-bit numbers of such an array; empty for anything else.
inline std::vector<int64_t> TakeArray(std::string_view bytes) {
    constexpr size_t kHeader = 20;
    constexpr size_t kElement = sizeof(int32_t) + sizeof(int64_t);
    std::vector<int64_t> numbers;
    for (size_t at = kHeader; at + kElement <= bytes.size(); at += kElement) {
        numbers.push_back(TakeNumber<int64_t>(bytes.data() + at + sizeof(int32_t)));
    }
    return numbers;
}

}  // namespace tilth::postgresql
