#include "broker_plugin/mosquitto/identity.h"

#include "broker_plugin/mosquitto/properties.h"
#include "broker_plugin/mosquitto/property_list.h"

#include <mqtt_protocol.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>

namespace tilth::broker_plugin {
namespace {

/// A copy as Mosquitto keeps texts; null when there is no memory.
char* Copy(std::string_view text) noexcept {
    auto* const copy = static_cast<char*>(mosquitto_malloc(text.size() + 1));
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    return copy;
}

}  // namespace

// As mosquitto_property_add_string_pair, without its checks of texts that are known to be good:
// they cost as much as all the rest of this plugin.
int AddIdentity(mosquitto_property** list, const MessageId& id, int64_t arrival) noexcept {
    std::array<char, 72> text;
    std::memcpy(text.data(), id.view().data(), id.view().size());
    char* end = text.data() + id.view().size();
    *end++ = '@';
    end = std::to_chars(end, text.data() + text.size(), arrival).ptr;
    const std::string_view value(text.data(), static_cast<size_t>(end - text.data()));

    auto* const added = static_cast<Property*>(mosquitto_malloc(sizeof(Property)));
    char* const name_copy = Copy(kIdProperty);
    char* const value_copy = Copy(value);
    if (added == nullptr || name_copy == nullptr || value_copy == nullptr) {
        for (void* const memory :
             {static_cast<void*>(added),
              static_cast<void*>(name_copy),
              static_cast<void*>(value_copy)})
            mosquitto_free(memory);
        return MOSQ_ERR_NOMEM;
    }
    *added = {};
    added->identifier = MQTT_PROP_USER_PROPERTY;
    added->client_generated = true;
    added->name = {name_copy, static_cast<uint16_t>(kIdProperty.size())};
    added->value.text = {value_copy, static_cast<uint16_t>(value.size())};
    Property* front = In(*list);
    Property** link = &front;
    while (*link != nullptr) link = &(*link)->next;
    *link = added;
    *list = Out(front);
    return MOSQ_ERR_SUCCESS;
}

Status PublishAgain(const char* client, const BrokerRun& run, const Record& record, uint8_t qos) {
    mosquitto_property* list = nullptr;
    int error = DecodeProperties(record.properties, list);
    if (error == 0) error = AddIdentity(&list, MessageId(run, record.counter), record.arrival);
    if (error == 0) {
        error = mosquitto_broker_publish_copy(
            client,
            std::string(record.topic).c_str(),
            static_cast<int>(record.payload.size()),
            record.payload.data(),
            qos,
            record.retain,
            list
        );
    }
    if (error == 0) return {};
    if (list != nullptr) mosquitto_property_free_all(&list);
    return Fail(
        Fault::kUnavailable,
        "message {} of the journal cannot be published again: error {}",
        MessageId(run, record.counter).view(),
        error
    );
}

}  // namespace tilth::broker_plugin
