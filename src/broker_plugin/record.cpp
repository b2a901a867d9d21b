#include "broker_plugin/record.h"

#include "broker_plugin/bytes.h"

#include <xxhash.h>

namespace tilth::broker_plugin {
namespace {

// Offsets in a record.
constexpr size_t kCheck = 0;  // u64, of all that follows it
constexpr size_t kSize = 8;   // u32, without the padding
constexpr size_t kKind = 12;  // u8
constexpr size_t kFlags = 13;
constexpr size_t kTopicSize = 14;  // u16
constexpr size_t kCounter = 16;
constexpr size_t kArrival = 24;
constexpr size_t kPropertiesSize = 32;  // u32
constexpr size_t kReserved = 36;        // u32, 0

constexpr uint8_t kQosBits = 0x03;
constexpr uint8_t kRetainBit = 0x04;

size_t PlainSize(const Record& record) noexcept {
    return kRecordHeader + record.topic.size() + record.properties.size() + record.payload.size();
}

size_t Padded(size_t size) noexcept {
    return (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

char* Copy(char* out, std::string_view bytes) noexcept {
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    return out + bytes.size();
}

uint64_t CheckOf(const char* record, size_t size, uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(record + kSize, size - kSize, seed);
}

}  // namespace

size_t EncodedSize(const Record& record) noexcept {
    return Padded(PlainSize(record));
}

void Encode(const Record& record, uint64_t seed, std::span<char> out) noexcept {
    const size_t size = PlainSize(record);
    char* const at = out.data();
    Put(at + kSize, static_cast<uint32_t>(size));
    Put(at + kKind, static_cast<uint8_t>(record.kind));
    Put(at + kFlags, static_cast<uint8_t>(record.qos | (record.retain ? kRetainBit : 0)));
    Put(at + kTopicSize, static_cast<uint16_t>(record.topic.size()));
    Put(at + kCounter, record.counter);
    Put(at + kArrival, record.arrival);
    Put(at + kPropertiesSize, static_cast<uint32_t>(record.properties.size()));
    Put(at + kReserved, uint32_t{0});
    char* end = Copy(at + kRecordHeader, record.topic);
    end = Copy(end, record.properties);
    end = Copy(end, record.payload);
    std::memset(end, 0, Padded(size) - size);
    Put(at + kCheck, CheckOf(at, size, seed));
}

std::optional<Decoded> Decode(std::string_view bytes, uint64_t seed, size_t& hashed) noexcept {
    if (bytes.size() < kRecordHeader) return std::nullopt;
    const char* const at = bytes.data();
    const size_t size = Get<uint32_t>(at + kSize);
    const auto kind = Get<uint8_t>(at + kKind);
    const auto flags = Get<uint8_t>(at + kFlags);
    const size_t topic = Get<uint16_t>(at + kTopicSize);
    const size_t properties = Get<uint32_t>(at + kPropertiesSize);
    const bool is_plausible = size >= kRecordHeader && Padded(size) <= bytes.size() && kind >= 1 &&
                              kind <= 4 && (flags & ~(kQosBits | kRetainBit)) == 0 &&
                              (flags & kQosBits) != 3 && Get<uint32_t>(at + kReserved) == 0 &&
                              topic + properties <= size - kRecordHeader;
    if (!is_plausible) return std::nullopt;
    hashed += size;
    if (CheckOf(at, size, seed) != Get<uint64_t>(at + kCheck)) return std::nullopt;

    const std::string_view body = bytes.substr(kRecordHeader, size - kRecordHeader);
    Record record;
    record.kind = static_cast<Kind>(kind);
    record.qos = flags & kQosBits;
    record.retain = (flags & kRetainBit) != 0;
    record.counter = Get<uint64_t>(at + kCounter);
    record.arrival = Get<int64_t>(at + kArrival);
    record.topic = body.substr(0, topic);
    record.properties = body.substr(topic, properties);
    record.payload = body.substr(topic + properties);
    return Decoded{record, Padded(size)};
}

}  // namespace tilth::broker_plugin
