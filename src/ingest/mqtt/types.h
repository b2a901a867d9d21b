// The vocabulary of MQTT: names and numbers of OASIS MQTT 3.1.1 (2014) and MQTT 5.0 (2019).
// Section numbers in this folder ("MQTT5 3.3.2") are those of the MQTT 5.0 standard.
#pragma once

#include <cstdint>
#include <string>

namespace tilth::mqtt {

/// The value is the protocol level byte of CONNECT.
enum class Version : uint8_t { k311 = 4, k5 = 5 };

/// Upper four bits of the first byte of a packet (MQTT5 2.1.2).
enum class PacketType : uint8_t {
    kConnect = 1,
    kConnack = 2,
    kPublish = 3,
    kPuback = 4,
    kPubrec = 5,
    kPubrel = 6,
    kPubcomp = 7,
    kSubscribe = 8,
    kSuback = 9,
    kUnsubscribe = 10,
    kUnsuback = 11,
    kPingreq = 12,
    kPingresp = 13,
    kDisconnect = 14,
    kAuth = 15,
};

enum class Qos : uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

/// Reason codes of MQTT 5 (2.4) that this client names; any other byte is carried as it came.
/// In 3.1.1 the return codes of CONNACK (1 to 5) and SUBACK (0x80) stand in the same type.
enum class Reason : uint8_t {
    kSuccess = 0x00,
    kNoMatchingSubscribers = 0x10,
    kUnspecified = 0x80,
    kMalformedPacket = 0x81,
    kProtocolError = 0x82,
    kUnsupportedVersion = 0x84,
    kBadClientId = 0x85,
    kBadUserOrPassword = 0x86,
    kNotAuthorized = 0x87,
    kServerUnavailable = 0x88,
    kServerShuttingDown = 0x8b,
    kKeepAliveTimeout = 0x8d,
    kSessionTakenOver = 0x8e,
    kPacketIdNotFound = 0x92,
    kReceiveMaximumExceeded = 0x93,
    kPacketTooLarge = 0x95,
    kQuotaExceeded = 0x97,
    kAdministrativeAction = 0x98,
    kRetainNotSupported = 0x9a,
    kQosNotSupported = 0x9b,
};

/// MQTT5 2.4: codes from 0x80 on are failures.
constexpr bool Failed(Reason reason) {
    return static_cast<uint8_t>(reason) >= 0x80;
}

/// "0x8e (session taken over)", for messages.
std::string Describe(Reason reason);

/// "PUBLISH", for messages.
const char* Name(PacketType type);

/// Largest value of the packet's length field (MQTT5 1.5.5), bytes.
inline constexpr uint32_t kLargestPacket = 268'435'455;

}  // namespace tilth::mqtt
