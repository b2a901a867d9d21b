// Decodes the messages of sensors: payload bytes to readings, all of them or none.
#pragma once

#include "base/time.h"
#include "model/site.h"

#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// One value of a message. The views point into the decoder, the topic, or constants; they are
/// valid until the next Decode of the same decoder, and as long as the topic they came with.
struct DecodedReading {
    std::string_view device;   ///< A key (base/text.h): who measured.
    std::string_view channel;  ///< A key: which of the device's quantities.
    std::string_view unit;     ///< As the message names it; empty when it does not.
    double value = std::numeric_limits<double>::quiet_NaN();  ///< Finite; NaN: missing.
    Time time{};            ///< Phenomenon time; received_at when has_time is false.
    bool has_time = false;  ///< The message says when it was measured.
    int64_t number = 0;     ///< The payload's own counter or version; 0 without one.
};

/// Why a message is a dead letter. Codes are stable: lists and metrics are made by them.
struct DecodeError {
    /// One of: too_large, empty, not_utf8, not_json, not_object, too_deep, duplicate_key,
    /// no_device, bad_key, no_value, bad_value, bad_number, bad_time, bad_sequence,
    /// too_many_values, bad_senml, unknown_format.
    std::string_view code;
    std::string message;  ///< A sentence for a person: what, where, what was expected.
};
using DecodeStatus = std::expected<void, DecodeError>;

/// A message larger than this has no readings for us (code too_large).
inline constexpr size_t kMaxMessageBytes = size_t{1} << 20;
/// More readings than this in one message are refused (code too_many_values).
inline constexpr size_t kMaxReadingsPerMessage = 4096;
/// Objects and arrays may stand this deep in each other (code too_deep).
inline constexpr size_t kMaxJsonDepth = 16;

/// Reusable: it keeps its parser's buffers, so that decoding allocates nothing once they have grown
/// to the size of the messages. Not thread-safe; one for each thread.
///
/// Formats (MessageMapping::format); docs/formats/messages.md is the same for users:
/// - `json`: one flat object. Device: the topic level `device_level`, or the field `device_field`,
/// or
///   the first there is of "device", "name", "id" (a text, or a whole number). Time: `time_field`,
///   or the first of "time", "timestamp", "ts": a number in `time_unit`, or RFC 3339. Number:
///   `number_field`, or the first of "seq", "fcnt", "number": a whole number. Each other field is a
///   reading of the channel with its name, when its value is
///   - a number, or a text that is a plain decimal number (some probes send "21.4");
///   - null, NaN or "NaN": a missing reading.
///   Other texts, booleans, arrays and nested objects are no readings, except that "value" must
///   be a number, null or NaN (bad_value). "unit" is the unit of "value". Numbers beyond the range
///   of a double and texts that spell infinity are refused (bad_number). -0 is read as 0.
/// - `senml`: RFC 8428 JSON. See codec/senml.h for how a name becomes device and channel.
/// - `auto`: senml when the payload starts with `[`, else json.
class MessageDecoder {
  public:
    MessageDecoder();
    MessageDecoder(MessageDecoder&&) noexcept;
    MessageDecoder& operator=(MessageDecoder&&) noexcept;
    ~MessageDecoder();

    /// Replaces the content of `out` by the readings of the message, in the order of the message;
    /// empties it on failure. On success `out` has at least one reading.
    DecodeStatus Decode(
        std::string_view topic,
        std::string_view payload,
        Time received_at,
        const MessageMapping& mapping,
        std::vector<DecodedReading>& out
    );

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tilth::codec
