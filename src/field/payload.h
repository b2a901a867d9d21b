// The bytes a node publishes, in the three JSON shapes Tilth reads.
//
// All functions append to `out`, so that one buffer serves every message without allocating. Values
// are numbers with the digits of their channel; names are plain ASCII and need no escaping. Pure,
// thread-safe.
#pragma once

#include "field/channel.h"
#include "field/node.h"

#include <span>
#include <string>
#include <string_view>

namespace tilth::field {

/// `{"device":"field-node-01","time":"2025-05-01T06:00:00Z","seq":41,"vwc_5cm":0.2130,...}`
void AppendJson(
    std::string_view node,
    const Transmission& sent,
    std::span<const Reading> readings,
    std::string& out
);

/// The original lab's message, one a reading:
/// `{"name":"field-node-01.vwc_5cm","value":0.2130,"timestamp":"2025-05-01T06:00:00Z"}`
void AppendNameValue(
    std::string_view node, const Transmission& sent, const Reading& reading, std::string& out
);

/// SenML (RFC 8428): one pack with base name "field-node-01:" and base time; "u" only where the
/// SenML registry has the unit.
void AppendSenml(
    std::string_view node,
    const Transmission& sent,
    std::span<const Reading> readings,
    std::string& out
);

/// `PREFIX/FIELD/NODE/up`, for example "tilth/demo/field-node-01/up".
void AppendTopic(
    std::string_view prefix, std::string_view field, std::string_view node, std::string& out
);

}  // namespace tilth::field
