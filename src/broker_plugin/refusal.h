// Why the journal did not take a record.
#pragma once

#include <cstdint>

namespace tilth::broker_plugin {

enum class Refusal : uint8_t {
    kNone,
    kFull,      ///< The limit is reached: the broker has not saved its database for too long.
    kDisk,      ///< Writing or syncing failed; see `error`.
    kTooLarge,  ///< The record alone is larger than the limit.
    kMemory,
};

struct Appended {
    Refusal refusal = Refusal::kNone;
    int error = 0;  ///< errno, for kDisk.
};

}  // namespace tilth::broker_plugin
