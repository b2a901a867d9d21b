#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace tilth {

uint64_t Hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string HexDigest(std::string_view bytes) {
    const XXH128_hash_t digest = XXH3_128bits(bytes.data(), bytes.size());
    return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

uint64_t HashCombine(uint64_t hash, uint64_t value) {
    const std::array<uint64_t, 2> both{hash, value};
    return XXH3_64bits(both.data(), sizeof both);
}

}  // namespace tilth
