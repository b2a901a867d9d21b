#include "broker_plugin/message_id.h"

#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <chrono>

namespace tilth::broker_plugin {
namespace {

struct SipState {
    uint64_t a, b, c, d;

    void Round() noexcept {
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    }
    void Absorb(uint64_t word) noexcept {
        d ^= word;
        Round();
        Round();
        a ^= word;
    }
};

/// At least `digits` hex digits; returns the new end.
char* AppendHex(char* out, uint64_t value, int digits) noexcept {
    const int needed = (std::bit_width(value) + 3) / 4;
    for (int i = std::max(digits, needed) - 1; i >= 0; --i)
        *out++ = "0123456789abcdef"[(value >> (4 * i)) & 15];
    return out;
}

}  // namespace

uint64_t SipHash(const std::array<uint64_t, 2>& key, uint64_t word) noexcept {
    SipState state{
        key[0] ^ 0x736f6d6570736575u,
        key[1] ^ 0x646f72616e646f6du,
        key[0] ^ 0x6c7967656e657261u,
        key[1] ^ 0x7465646279746573u};
    state.Absorb(word);
    state.Absorb(uint64_t{8} << 56);  // the last block: length, no bytes left
    state.c ^= 0xff;
    for (int i = 0; i < 4; ++i) state.Round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

BrokerRun NewRun(uint64_t seconds, uint64_t last) noexcept {
    std::array<uint64_t, 3> random{};
    if (getrandom(random.data(), sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
        // Kernels before 3.17 have no getrandom; unique still, though not secret.
        const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
        for (size_t i = 0; i < random.size(); ++i)
            random[i] = Mix64(static_cast<uint64_t>(ticks) + i);
    }
    seconds = std::max(seconds, (last >> 32) + 1);
    return {(seconds << 32) | (random[0] & 0xffffffffu), {random[1], random[2]}};
}

MessageId::MessageId(const BrokerRun& run, uint64_t counter) noexcept {
    char* out = AppendHex(text_.data(), run.number, 16);
    *out++ = '-';
    out = AppendHex(out, counter, 10);
    *out++ = '-';
    out = AppendHex(out, SipHash(run.key, counter) & 0xffffffffu, 8);
    size_ = static_cast<size_t>(out - text_.data());
}

}  // namespace tilth::broker_plugin
