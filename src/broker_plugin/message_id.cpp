#include "broker_plugin/message_id.h"

#include "base/random.h"
#include "broker_plugin/bytes.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

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

/// The eight hex digits of a number, the first in the lowest byte: all eight at once.
uint64_t HexDigits(uint32_t value) noexcept {
    uint64_t digits = ((value & 0xffffull) << 32) | (value >> 16);
    digits = ((digits & 0x0000ff000000ff00) >> 8) | ((digits & 0x000000ff000000ff) << 16);
    digits = ((digits & 0x00f000f000f000f0) >> 4) | ((digits & 0x000f000f000f000f) << 8);
    const uint64_t is_letter = ((digits + 0x0606060606060606) >> 4) & 0x0101010101010101;
    return digits + 0x3030303030303030 + is_letter * ('a' - 10 - '0');
}

/// The last `count` of the 16 digits of `value`; returns the new end.
char* AppendHex(char* out, uint64_t value, size_t count) noexcept {
    std::array<char, 16> digits;
    Put(digits.data(), HexDigits(static_cast<uint32_t>(value >> 32)));
    Put(digits.data() + 8, HexDigits(static_cast<uint32_t>(value)));
    std::memcpy(out, digits.data() + digits.size() - count, count);
    return out + count;
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
    out = AppendHex(out, counter, (counter >> 40) == 0 ? 10 : 16);
    *out++ = '-';
    out = AppendHex(out, SipHash(run.key, counter) & 0xffffffffu, 8);
    size_ = static_cast<size_t>(out - text_.data());
}

}  // namespace tilth::broker_plugin
