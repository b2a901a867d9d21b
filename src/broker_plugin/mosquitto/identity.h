// A message's id and time of arrival on the message itself.
#pragma once

#include "base/result.h"
#include "broker_plugin/message_id.h"
#include "broker_plugin/record.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include <cstdint>
#include <string_view>

namespace tilth::broker_plugin {

/// Bears both: the id, '@', the time of arrival in microseconds since 1970.
inline constexpr std::string_view kIdProperty = "tilth-id";
/// Bore the time of arrival before it stood behind the id; readers still take it.
inline constexpr std::string_view kArrivalProperty = "tilth-arrival";

/// Adds it as a user property behind what the list has. An error of Mosquitto's (MOSQ_ERR_...), 0
/// for done.
int AddIdentity(mosquitto_property** list, const MessageId& id, int64_t arrival) noexcept;

/// Queues a message of the journal, for one client or (null) for all who have a subscription to it;
/// the broker sends it in the next turn of its loop. kUnavailable when there is no memory. May
/// throw std::bad_alloc.
Status PublishAgain(const char* client, const BrokerRun& run, const Record& record, uint8_t qos);

}  // namespace tilth::broker_plugin
