#include "codec/json_message.h"

#include "base/append.h"
#include "base/text.h"
#include "codec/message_value.h"
#include "codec/topic_filter.h"

#include <algorithm>

namespace tilth::codec {
namespace {

constexpr size_t kMaxFields = kMaxReadingsPerMessage + 64;
/// Up to here comparing each key with each is faster than sorting.
constexpr size_t kFewFields = 24;

}  // namespace

ValueKind ReadValue(const simdjson::dom::element& element, double& value) {
    value = std::numeric_limits<double>::quiet_NaN();
    std::string_view text;
    switch (element.type()) {
        case simdjson::dom::element_type::DOUBLE:
        case simdjson::dom::element_type::INT64:
        case simdjson::dom::element_type::UINT64:
            ToDouble(element, value);
            value = WithoutNegativeZero(value);
            return ValueKind::kNumber;
        case simdjson::dom::element_type::NULL_VALUE:
            return ValueKind::kMissing;
        case simdjson::dom::element_type::STRING:
            text = element.get_string().value_unsafe();
            break;
        default:
            return ValueKind::kNone;
    }
    if (const auto number = PlainDecimal(text)) {
        value = WithoutNegativeZero(*number);
        return ValueKind::kNumber;
    }
    if (SpellsNan(text)) return ValueKind::kMissing;
    return SpellsInfinity(text) ? ValueKind::kInfinite : ValueKind::kNone;
}

DecodeStatus JsonMessage::Decode(
    const simdjson::dom::element& root,
    const MessageContext& context,
    std::vector<DecodedReading>& out
) {
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
        return Refuse(
            "not_object",
            "the message is JSON, but no object; expected {{\"name\": ..., \"value\": ...}}"
        );
    }
    TILTH_CHECK(Collect(object));
    DecodedReading common;
    TILTH_CHECK(TakeDevice(context, common.device));
    TILTH_CHECK(TakeTimeAndNumber(context, common));
    for (const std::string& name : context.mapping.ignore) {
        if (Field* field = Find(name)) field->reserved = true;
    }
    return AddReadings(common, out);
}

DecodeStatus JsonMessage::Collect(const simdjson::dom::object& object) {
    fields_.clear();
    for (const auto& [key, value] : object) {
        if (fields_.size() == kMaxFields) {
            return Refuse("too_many_values", "the message has more than {} fields", kMaxFields);
        }
        fields_.push_back({key, value, false});
    }
    std::string_view twice;
    if (fields_.size() <= kFewFields) {
        for (size_t i = 1; i < fields_.size(); ++i) {
            for (size_t j = 0; j < i; ++j) {
                if (fields_[i].key == fields_[j].key) twice = fields_[i].key;
            }
        }
        if (twice.data() == nullptr) return {};
    } else {
        sorted_keys_.clear();
        for (const Field& field : fields_) sorted_keys_.push_back(field.key);
        std::ranges::sort(sorted_keys_);
        const auto found = std::ranges::adjacent_find(sorted_keys_);
        if (found == sorted_keys_.end()) return {};
        twice = *found;
    }
    return Refuse(
        "duplicate_key", "the field \"{}\" stands twice in the message", Printable(twice)
    );
}

JsonMessage::Field* JsonMessage::Find(std::string_view wanted) {
    for (Field& field : fields_) {
        if (field.key == wanted) return &field;
    }
    return nullptr;
}

/// The field of that name, or when the mapping names none the first of the usual ones; the usual
/// ones are reserved all together, so that an "id" beside a "device" is not taken for a reading.
JsonMessage::Field* JsonMessage::Take(
    std::string_view named, std::initializer_list<std::string_view> usual
) {
    Field* taken = nullptr;
    if (!named.empty()) {
        taken = Find(named);
        if (taken != nullptr) taken->reserved = true;
        return taken;
    }
    for (const std::string_view name : usual) {
        Field* const field = Find(name);
        if (field == nullptr) continue;
        field->reserved = true;
        if (taken == nullptr) taken = field;
    }
    return taken;
}

DecodeStatus JsonMessage::TakeDevice(const MessageContext& context, std::string_view& device) {
    const MessageMapping& mapping = context.mapping;
    Field* const field = Take(mapping.device_field, {"device", "name", "id"});
    int64_t number = 0;
    if (mapping.device_level >= 0) {
        device = TopicLevel(context.topic, mapping.device_level);
    } else if (field == nullptr) {
        return Refuse(
            "no_device",
            "no field says which device sent the message; expected {}",
            mapping.device_field.empty() ? "\"device\", \"name\" or \"id\""
                                         : Printable(mapping.device_field)
        );
    } else if (field->value.get(number) == simdjson::SUCCESS) {
        device_text_.clear();
        Append(device_text_, "{}", number);
        device = device_text_;
    } else if (field->value.get(device) != simdjson::SUCCESS) {
        return Refuse("no_device", "the field \"{}\" is no text", Printable(field->key));
    }
    const Status key = CheckKey(device, "the device key");
    if (!key) return Refuse("bad_key", "{}", key.error().message);
    return {};
}

DecodeStatus JsonMessage::TakeTimeAndNumber(const MessageContext& context, DecodedReading& common) {
    const MessageMapping& mapping = context.mapping;
    Field* const time = Take(mapping.time_field, {"time", "timestamp", "ts"});
    common.time = context.received_at;
    if (time != nullptr && !time->value.is_null()) {
        TILTH_TRY(common.time, TimeFromField(time->value, mapping.time_unit));
        common.has_time = true;
    }
    Field* const number = Take(mapping.number_field, {"seq", "fcnt", "number"});
    if (number != nullptr) {
        TILTH_TRY(common.number, NumberFromField(number->value, number->key));
    }
    return {};
}

DecodeStatus JsonMessage::AddReadings(
    const DecodedReading& common, std::vector<DecodedReading>& out
) {
    std::string_view unit_of_value;
    for (const Field& field : fields_) {
        if (field.reserved) continue;
        DecodedReading reading = common;
        const ValueKind kind = ReadValue(field.value, reading.value);
        if (kind == ValueKind::kInfinite) {
            return Refuse("bad_number", "the field \"{}\" is infinite", Printable(field.key));
        }
        if (kind == ValueKind::kNone) {
            if (field.key == "value") {
                return Refuse("bad_value", "\"value\" is neither a number nor null");
            }
            if (field.key == "unit" && field.value.is_string()) {
                unit_of_value = field.value.get_string().value_unsafe();
            }
            continue;
        }
        const Status key = CheckKey(field.key, "the name of a value");
        if (!key) return Refuse("bad_key", "{}", key.error().message);
        if (out.size() == kMaxReadingsPerMessage) {
            return Refuse(
                "too_many_values", "the message has more than {} values", kMaxReadingsPerMessage
            );
        }
        reading.channel = field.key;
        out.push_back(reading);
    }
    if (out.empty()) return Refuse("no_value", "the message has no field with a number");
    if (unit_of_value.empty()) return {};
    for (DecodedReading& reading : out) {
        if (reading.channel == "value") reading.unit = unit_of_value;
    }
    return {};
}

}  // namespace tilth::codec
