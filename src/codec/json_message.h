// Messages that are one flat JSON object; the rules are in codec/decoder.h.
#pragma once

#include "codec/json_document.h"

#include <vector>

namespace tilth::codec {

/// Where a message came from and how its mapping reads it.
struct MessageContext {
    std::string_view topic;
    Time received_at;
    const MessageMapping& mapping;
};

/// Keeps what it needs between messages so that it does not allocate. Not thread-safe.
class JsonMessage {
  public:
    DecodeStatus Decode(
        const simdjson::dom::element& root,
        const MessageContext& context,
        std::vector<DecodedReading>& out
    );

  private:
    struct Field {
        std::string_view key;
        simdjson::dom::element value;
        bool reserved;  ///< Says something about the message and is no reading.
    };

    DecodeStatus Collect(const simdjson::dom::object& object);
    Field* Find(std::string_view wanted);
    Field* Take(std::string_view named, std::initializer_list<std::string_view> usual);
    DecodeStatus TakeDevice(const MessageContext& context, std::string_view& device);
    DecodeStatus TakeTimeAndNumber(const MessageContext& context, DecodedReading& common);
    DecodeStatus AddReadings(const DecodedReading& common, std::vector<DecodedReading>& out);

    std::vector<Field> fields_;
    std::vector<std::string_view> sorted_keys_;
    std::string device_text_;
};

/// What a value of a message is.
enum class ValueKind { kNumber, kMissing, kNone, kInfinite };
/// Reads one value by the rules of codec/decoder.h; `value` is NaN unless it is a number.
ValueKind ReadValue(const simdjson::dom::element& element, double& value);

}  // namespace tilth::codec
