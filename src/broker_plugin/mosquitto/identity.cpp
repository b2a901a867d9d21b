#include "broker_plugin/mosquitto/identity.h"

#include "broker_plugin/mosquitto/properties.h"

#include <mqtt_protocol.h>

#include <array>
#include <string>

namespace tilth::broker_plugin {

int AddIdentity(mosquitto_property** list, const MessageId& id, int64_t arrival) noexcept {
    std::array<char, 24> text{};
    *fmt::format_to_n(text.data(), text.size() - 1, "{}", arrival).out = '\0';
    int error =
        mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, kIdProperty, id.c_str());
    if (error == 0) {
        error = mosquitto_property_add_string_pair(
            list, MQTT_PROP_USER_PROPERTY, kArrivalProperty, text.data()
        );
    }
    return error;
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
