// A message's id and time of arrival on the message itself.
#pragma once

#include "base/result.h"
#include "broker_plugin/message_id.h"
#include "broker_plugin/record.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include <cstdint>

namespace tilth::broker_plugin {

inline constexpr const char* kIdProperty = "tilth-id";
inline constexpr const char* kArrivalProperty = "tilth-arrival";

/// Adds both as user properties behind what the list has. `arrival`: microseconds since 1970. An
/// error of Mosquitto's (MOSQ_ERR_...), 0 for done.
int AddIdentity(mosquitto_property** list, const MessageId& id, int64_t arrival) noexcept;

/// Queues a message of the journal, for one client or (null) for all who have a subscription to it;
/// the broker sends it in the next turn of its loop. kUnavailable when there is no memory. May
/// throw std::bad_alloc.
Status PublishAgain(const char* client, const BrokerRun& run, const Record& record, uint8_t qos);

}  // namespace tilth::broker_plugin
