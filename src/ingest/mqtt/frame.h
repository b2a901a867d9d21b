// A packet as it stands in the receive buffer: its first byte and its body, not yet decoded.
#pragma once

#include "ingest/mqtt/types.h"

#include <cstdint>
#include <string_view>

namespace tilth::mqtt {

struct Frame {
    uint8_t header = 0;     ///< Packet type and flags (MQTT5 2.1.1).
    std::string_view body;  ///< What stands behind the length field.

    PacketType type() const { return static_cast<PacketType>(header >> 4); }
    uint8_t flags() const { return header & 0x0fu; }
};

}  // namespace tilth::mqtt
