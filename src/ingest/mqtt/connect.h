// CONNECT and CONNACK (MQTT5 3.1, 3.2).
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/properties.h"

#include <optional>

namespace tilth::mqtt {

struct Will {
    std::string_view topic;
    std::string_view payload;
    Properties properties;
    Qos qos = Qos::kAtMostOnce;
    bool retain = false;
};

struct Connect {
    Version version = Version::k5;
    bool clean_start = true;
    uint16_t keep_alive = 0;  ///< Seconds; 0: none.
    Properties properties;
    std::string_view client_id;
    std::optional<Will> will;
    std::optional<std::string_view> user;
    std::optional<std::string_view> password;
};

struct Connack {
    bool session_present = false;
    Reason reason = Reason::kSuccess;  ///< In 3.1.1 the return code, 0 to 5.
    Properties properties;
};

/// The packet itself names its version. kBadInput: also a version other than 4 and 5.
Result<Connect> DecodeConnect(Frame frame);
void EncodeConnect(const Connect& connect, std::string& out);

Result<Connack> DecodeConnack(Version version, Frame frame);
void EncodeConnack(Version version, const Connack& connack, std::string& out);

}  // namespace tilth::mqtt
