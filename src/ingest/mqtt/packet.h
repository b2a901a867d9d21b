// Any packet of MQTT 3.1.1 and 5 but AUTH, in one type: for tests, fuzzing and tools. The session
// decodes by packet type itself, so that a PUBLISH costs no detour.
#pragma once

#include "ingest/mqtt/ack.h"
#include "ingest/mqtt/connect.h"
#include "ingest/mqtt/control.h"
#include "ingest/mqtt/publish.h"
#include "ingest/mqtt/subscribe.h"

#include <variant>

namespace tilth::mqtt {

using Packet = std::variant<
    Connect,
    Connack,
    Publish,
    Ack,
    Subscribe,
    Unsubscribe,
    SubscribeAnswer,
    Ping,
    Disconnect>;

/// Views into the frame. kBadInput for whatever the standard calls malformed, and for AUTH.
Result<Packet> DecodePacket(Version version, Frame frame);

/// Appends the packet; the opposite of DecodePacket, byte for byte where the standard leaves no
/// choice.
void EncodePacket(Version version, const Packet& packet, std::string& out);

}  // namespace tilth::mqtt
