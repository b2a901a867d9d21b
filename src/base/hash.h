// Hashes whose values are stored: they never change between versions or machines.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace tilth {

/// XXH3, 64 bits, seed 0. For identities made from names and contents; not against an attacker.
uint64_t Hash64(std::string_view bytes);

/// XXH3, 128 bits, as 32 lower-case hex digits. For digests of files and blocks.
std::string HexDigest(std::string_view bytes);

/// HexDigest of bytes that come in pieces.
class DigestStream {
  public:
    DigestStream();

    void Add(std::string_view bytes);
    /// HexDigest of all that was added; more may be added afterwards.
    std::string Hex() const;

  private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    std::unique_ptr<XXH3_state_s, Free> state_;
};

/// Mixes a value into a running hash (order matters).
uint64_t HashCombine(uint64_t hash, uint64_t value);

}  // namespace tilth
