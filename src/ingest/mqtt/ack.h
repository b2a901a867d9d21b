// PUBACK, PUBREC, PUBREL, PUBCOMP (MQTT5 3.4 to 3.7): one shape, four packet types.
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/properties.h"

namespace tilth::mqtt {

struct Ack {
    PacketType type = PacketType::kPuback;  ///< kPuback, kPubrec, kPubrel or kPubcomp.
    uint16_t packet_id = 0;
    Reason reason = Reason::kSuccess;  ///< Always kSuccess in 3.1.1.
    Properties properties;
};

Result<Ack> DecodeAck(Version version, Frame frame);
void EncodeAck(Version version, const Ack& ack, std::string& out);

}  // namespace tilth::mqtt
