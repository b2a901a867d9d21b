// A message's MQTT 5 properties inside the broker. The plugin interface can add properties to a
// list but neither read nor remove one; this does both, and refuses to where the broker keeps them
// in another way than Mosquitto 2.0 does.
#pragma once

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include <string_view>
#include <vector>

namespace tilth::broker_plugin {

/// True when this broker's property lists look as this file takes them to. To be asked once, at
/// the start.
bool KnowsPropertyLists() noexcept;

/// Removes all user properties of these two names.
void StripUserProperties(
    mosquitto_property*& list, std::string_view first, std::string_view second
) noexcept;

/// The list as MQTT 5 encodes it, without the length in front, appended to `out`. May throw
/// std::bad_alloc.
void EncodeProperties(const mosquitto_property* list, std::vector<char>& out);

/// The reverse. An error of Mosquitto's (MOSQ_ERR_...), 0 for done; `list` then holds what was read
/// before it.
int DecodeProperties(std::string_view bytes, mosquitto_property*& list);

}  // namespace tilth::broker_plugin
