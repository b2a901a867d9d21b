// How Mosquitto 2.0 keeps the properties of a message: struct mqtt__string and struct
// mqtt5__property of its lib/property_mosq.h. KnowsPropertyLists (properties.h) says whether this
// broker does.
#pragma once

#include <mosquitto.h>

#include <cstdint>
#include <string_view>

namespace tilth::broker_plugin {

/// `bytes` ends with a zero that `size` does not count.
struct PropertyText {
    char* bytes;
    uint16_t size;

    std::string_view view() const { return {bytes, size}; }
};

/// Each of the list, each name and each text is an allocation of its own, of mosquitto_malloc's.
struct Property {
    Property* next;
    union {
        uint8_t byte;
        uint16_t number16;
        uint32_t number32;
        PropertyText text;
    } value;
    PropertyText name;  ///< Of user properties.
    int32_t identifier;
    bool client_generated;
};

inline Property* In(mosquitto_property* list) noexcept {
    return reinterpret_cast<Property*>(list);
}
inline const Property* In(const mosquitto_property* list) noexcept {
    return reinterpret_cast<const Property*>(list);
}
inline mosquitto_property* Out(Property* list) noexcept {
    return reinterpret_cast<mosquitto_property*>(list);
}

}  // namespace tilth::broker_plugin
