#include "broker_plugin/mosquitto/properties.h"

#include "broker_plugin/mosquitto/property_list.h"

#include <mqtt_protocol.h>

#include <cstring>
#include <optional>
#include <string>

namespace tilth::broker_plugin {
namespace {

bool IsAsExpected(const mosquitto_property* list) noexcept {
    const Property* const first = In(list);
    if (first->identifier != MQTT_PROP_USER_PROPERTY || first->name.size != 4 ||
        std::memcmp(first->name.bytes, "name", 5) != 0 || first->value.text.size != 5 ||
        std::memcmp(first->value.text.bytes, "value", 6) != 0 || first->next == nullptr)
        return false;
    const Property* const second = first->next;
    if (second->identifier != MQTT_PROP_PAYLOAD_FORMAT_INDICATOR || second->value.byte != 1 ||
        second->next == nullptr)
        return false;
    const Property* const third = second->next;
    return third->identifier == MQTT_PROP_CONTENT_TYPE && third->value.text.size == 4 &&
           std::memcmp(third->value.text.bytes, "type", 5) == 0 && third->next == nullptr;
}

void PutByte(std::vector<char>& out, uint32_t value) {
    out.push_back(static_cast<char>(value & 0xff));
}
void PutText(std::vector<char>& out, std::string_view text) {
    PutByte(out, static_cast<uint32_t>(text.size()) >> 8);
    PutByte(out, static_cast<uint32_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

/// Reads from the front of encoded properties.
class Source {
  public:
    explicit Source(std::string_view bytes) : left_(bytes) {}

    bool empty() const { return left_.empty(); }
    std::optional<uint8_t> Byte() {
        if (left_.empty()) return std::nullopt;
        const auto byte = static_cast<uint8_t>(left_.front());
        left_.remove_prefix(1);
        return byte;
    }
    std::optional<std::string> String() {
        if (left_.size() < 2) return std::nullopt;
        const size_t size = (static_cast<size_t>(static_cast<uint8_t>(left_[0])) << 8) |
                            static_cast<uint8_t>(left_[1]);
        if (left_.size() < 2 + size) return std::nullopt;
        std::string text(left_.substr(2, size));
        left_.remove_prefix(2 + size);
        return text;
    }

  private:
    std::string_view left_;
};

int DecodeOne(int identifier, Source& source, mosquitto_property** list) {
    if (identifier == MQTT_PROP_PAYLOAD_FORMAT_INDICATOR) {
        const auto byte = source.Byte();
        return byte ? mosquitto_property_add_byte(list, identifier, *byte) : MOSQ_ERR_INVAL;
    }
    const auto text = source.String();
    if (!text) return MOSQ_ERR_INVAL;
    if (identifier == MQTT_PROP_USER_PROPERTY) {
        const auto value = source.String();
        if (!value) return MOSQ_ERR_INVAL;
        return mosquitto_property_add_string_pair(list, identifier, text->c_str(), value->c_str());
    }
    if (identifier == MQTT_PROP_CORRELATION_DATA) {
        const auto size = static_cast<uint16_t>(text->size());
        return mosquitto_property_add_binary(list, identifier, text->data(), size);
    }
    return mosquitto_property_add_string(list, identifier, text->c_str());
}

}  // namespace

bool KnowsPropertyLists() noexcept {
    mosquitto_property* list = nullptr;
    const bool is_built =
        mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY, "name", "value") == 0 &&
        mosquitto_property_add_byte(&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1) == 0 &&
        mosquitto_property_add_string(&list, MQTT_PROP_CONTENT_TYPE, "type") == 0;
    const bool is_known = is_built && IsAsExpected(list);
    if (list != nullptr) mosquitto_property_free_all(&list);
    return is_known;
}

void StripUserProperties(
    mosquitto_property*& list, std::string_view first, std::string_view second
) noexcept {
    Property* kept = In(list);
    Property** link = &kept;
    while (*link != nullptr) {
        Property* const at = *link;
        const std::string_view name = at->name.view();
        if (at->identifier != MQTT_PROP_USER_PROPERTY || (name != first && name != second)) {
            link = &at->next;
            continue;
        }
        *link = at->next;
        at->next = nullptr;
        mosquitto_property* alone = Out(at);
        mosquitto_property_free_all(&alone);
    }
    list = Out(kept);
}

void EncodeProperties(const mosquitto_property* list, std::vector<char>& out) {
    for (const Property* at = In(list); at != nullptr; at = at->next) {
        switch (at->identifier) {
            case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR:
                PutByte(out, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR);
                PutByte(out, at->value.byte);
                break;
            case MQTT_PROP_USER_PROPERTY:
                PutByte(out, MQTT_PROP_USER_PROPERTY);
                PutText(out, at->name.view());
                PutText(out, at->value.text.view());
                break;
            case MQTT_PROP_CONTENT_TYPE:
            case MQTT_PROP_RESPONSE_TOPIC:
            case MQTT_PROP_CORRELATION_DATA:
                PutByte(out, static_cast<uint32_t>(at->identifier));
                PutText(out, at->value.text.view());
                break;
            default:  // the broker keeps no others with a message
                break;
        }
    }
}

int DecodeProperties(std::string_view bytes, mosquitto_property*& list) {
    Source source(bytes);
    while (!source.empty()) {
        const int identifier = *source.Byte();
        if (const int error = DecodeOne(identifier, source, &list); error != 0) return error;
    }
    return 0;
}

}  // namespace tilth::broker_plugin
