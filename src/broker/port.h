// Whether a TCP port of this machine can be listened on.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>

namespace tilth::broker {

/// Waits at most `limit` (a process that was killed a moment ago may still hold it) until
/// 127.0.0.1:port can be bound. kUnavailable names the port and the option that chooses another.
Status WaitUntilFree(uint16_t port, const char* option, Duration limit);

/// True when something accepts connections on 127.0.0.1:port.
bool Accepts(uint16_t port);

}  // namespace tilth::broker
