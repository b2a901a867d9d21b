// Advisory locks: what processes agree on that no row stands for. Held to the transaction's end.
#pragma once

#include <cstdint>

namespace tilth::postgresql {

enum class AdvisoryLock : int64_t {
    kSchema = 1953066088,  ///< Changing the schema, dropping what is left of a generation.
    kLeases = 1953066089,  ///< Changing who holds what.
    kViews = 1953066090,   ///< Shared: a person's query; alone: showing another generation.
};

}  // namespace tilth::postgresql
