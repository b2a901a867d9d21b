// How a journal is written.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <filesystem>

namespace tilth::broker_plugin {

enum class Sync : uint8_t {
    kAlways,    ///< fdatasync before Append returns: survives the loss of power.
    kInterval,  ///< fdatasync every `interval` in the background: survives a killed broker, and
                ///< loses at most that much with the power.
};

struct WriterOptions {
    Sync sync = Sync::kAlways;
    Duration interval{100'000};
    size_t segment_bytes = size_t{8} << 20;
    uint64_t limit_bytes = uint64_t{1} << 30;  ///< Of all files together; at least 4 segments.
    Duration qos2_hold{60'000'000};            ///< See Coverage.
    std::filesystem::path database;            ///< mosquitto.db
};

}  // namespace tilth::broker_plugin
