// PUBLISH (MQTT5 3.3), decoded without a copy.
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/properties.h"

namespace tilth::mqtt {

/// Topic and payload are bytes: neither UTF-8 nor the payload format indicator is checked.
struct Publish {
    std::string_view topic;
    std::string_view payload;
    Properties properties;   ///< Empty in 3.1.1.
    uint16_t packet_id = 0;  ///< 1 to 65,535; 0 with QoS 0.
    Qos qos = Qos::kAtMostOnce;
    bool retain = false;
    bool dup = false;
};

/// Views into the frame. kBadInput: a broken length, QoS 3, DUP with QoS 0, packet id 0, an empty
/// topic, a topic alias (this client allows none).
Result<Publish> DecodePublish(Version version, Frame frame);

/// Topic, packet id and flags of a packet of which only the beginning is at hand; `in` stands
/// behind them afterwards. Its failures are those of the reader.
Publish ReadPublishHead(uint8_t header, Reader& in);

/// Appends the packet. Topics are at most 65,535 bytes, the whole at most kLargestPacket
/// (std::length_error). Returns the offset of the packet id in what was appended (0 with QoS 0).
size_t EncodePublish(Version version, const Publish& publish, std::string& out);

/// The DUP flag in the first byte of an encoded PUBLISH.
inline constexpr uint8_t kDupFlag = 0x08;

}  // namespace tilth::mqtt
