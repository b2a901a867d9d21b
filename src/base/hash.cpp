#include "base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace tilth {
namespace {

std::string Hex128(XXH128_hash_t digest) {
    return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

}  // namespace

void DigestStream::Free::operator()(XXH3_state_s* state) const {
    XXH3_freeState(state);
}

DigestStream::DigestStream() : state_(XXH3_createState()) {
    XXH3_128bits_reset(state_.get());
}

void DigestStream::Add(std::string_view bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string DigestStream::Hex() const {
    return Hex128(XXH3_128bits_digest(state_.get()));
}

uint64_t Hash64(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

std::string HexDigest(std::string_view bytes) {
    return Hex128(XXH3_128bits(bytes.data(), bytes.size()));
}

uint64_t HashCombine(uint64_t hash, uint64_t value) {
    const std::array<uint64_t, 2> both{hash, value};
    return XXH3_64bits(both.data(), sizeof both);
}

}  // namespace tilth
