// One record of the journal as bytes: docs/formats/journal.md has the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tilth::broker_plugin {

enum class Kind : uint8_t {
    kMessage = 1,      ///< A message that a publisher sent.
    kSubscribe = 2,    ///< A persistent session's subscription: topic is the filter, payload the
                       ///< client id.
    kUnsubscribe = 3,  ///< Its end.
    kSaved = 4,        ///< The broker's saved database has what `counter` and `second` say.
};

/// Views into memory that somebody else owns.
struct Record {
    Kind kind = Kind::kMessage;
    uint8_t qos = 0;
    bool retain = false;
    uint64_t counter = 0;  ///< Number of the record in its run, from 1; kSaved: see Mark::all.
    int64_t arrival = 0;   ///< Microseconds since 1970; kSaved: see Mark::exactly_once.
    std::string_view topic;
    std::string_view properties;  ///< As MQTT 5 encodes them, without the length in front.
    std::string_view payload;

    friend bool operator==(const Record&, const Record&) = default;
};

constexpr size_t kRecordHeader = 40;
constexpr size_t kRecordAlignment = 8;
constexpr size_t kLongestTopic = 65'535;

/// Bytes it takes in a segment, padding included.
size_t EncodedSize(const Record& record) noexcept;

/// Writes the record to the front of `out`, which has EncodedSize bytes. `seed` is the segment's.
void Encode(const Record& record, uint64_t seed, std::span<char> out) noexcept;

struct Decoded {
    Record record;
    size_t size;  ///< EncodedSize
};

/// The record at the front of `bytes`, or none when there is no whole and undamaged one of this
/// seed. `hashed` grows by the bytes that were looked at.
std::optional<Decoded> Decode(std::string_view bytes, uint64_t seed, size_t& hashed) noexcept;

}  // namespace tilth::broker_plugin
