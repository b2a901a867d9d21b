// PINGREQ, PINGRESP and DISCONNECT (MQTT5 3.12 to 3.14).
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/properties.h"

namespace tilth::mqtt {

/// PINGREQ or PINGRESP.
struct Ping {
    PacketType type = PacketType::kPingreq;
};

struct Disconnect {
    Reason reason = Reason::kSuccess;
    Properties properties;
};

Result<Ping> DecodePing(Frame frame);
void EncodePing(const Ping& ping, std::string& out);

Result<Disconnect> DecodeDisconnect(Version version, Frame frame);
void EncodeDisconnect(Version version, const Disconnect& disconnect, std::string& out);

}  // namespace tilth::mqtt
