#include "ingest/mqtt/types.h"

#include <fmt/format.h>

#include <array>

namespace tilth::mqtt {
namespace {

const char* Text(Reason reason) {
    switch (reason) {
        case Reason::kSuccess:
            return "success";
        case Reason::kNoMatchingSubscribers:
            return "no matching subscribers";
        case Reason::kUnspecified:
            return "unspecified error";
        case Reason::kMalformedPacket:
            return "malformed packet";
        case Reason::kProtocolError:
            return "protocol error";
        case Reason::kUnsupportedVersion:
            return "unsupported protocol version";
        case Reason::kBadClientId:
            return "client identifier not valid";
        case Reason::kBadUserOrPassword:
            return "bad user name or password";
        case Reason::kNotAuthorized:
            return "not authorized";
        case Reason::kServerUnavailable:
            return "server unavailable";
        case Reason::kServerShuttingDown:
            return "server shutting down";
        case Reason::kKeepAliveTimeout:
            return "keep-alive timeout";
        case Reason::kSessionTakenOver:
            return "session taken over";
        case Reason::kPacketIdNotFound:
            return "packet identifier not found";
        case Reason::kReceiveMaximumExceeded:
            return "receive maximum exceeded";
        case Reason::kPacketTooLarge:
            return "packet too large";
        case Reason::kQuotaExceeded:
            return "quota exceeded";
        case Reason::kAdministrativeAction:
            return "administrative action";
        case Reason::kRetainNotSupported:
            return "retain not supported";
        case Reason::kQosNotSupported:
            return "QoS not supported";
    }
    return "see MQTT 5.0 section 2.4";
}

}  // namespace

std::string Describe(Reason reason) {
    return fmt::format("{:#04x} ({})", static_cast<unsigned>(reason), Text(reason));
}

const char* Name(PacketType type) {
    static constexpr std::array<const char*, 16> kNames{
        "packet type 0",
        "CONNECT",
        "CONNACK",
        "PUBLISH",
        "PUBACK",
        "PUBREC",
        "PUBREL",
        "PUBCOMP",
        "SUBSCRIBE",
        "SUBACK",
        "UNSUBSCRIBE",
        "UNSUBACK",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
        "AUTH"};
    return kNames[static_cast<uint8_t>(type) & 15u];
}

}  // namespace tilth::mqtt
