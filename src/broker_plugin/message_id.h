// The id that a broker run gives to each message: unique, short, and not to be guessed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tilth::broker_plugin {

/// One run of the broker. The key never leaves the journal, so that nobody can name a message that
/// is still to come: a client's will passes by the plugin (docs/broker-plugin.md), and with a
/// guessed id it would make the real message look like a repetition.
struct BrokerRun {
    uint64_t number = 0;  ///< Upper half: seconds since 1970 at its start; lower half: random.
    std::array<uint64_t, 2> key{};

    friend bool operator==(const BrokerRun&, const BrokerRun&) = default;
};

/// A run of its own, from the system's random numbers; its number is higher than `last`, also when
/// the clock went back. `seconds` since 1970.
BrokerRun NewRun(uint64_t seconds, uint64_t last) noexcept;

/// "RRRRRRRRRRRRRRRR-CCCCCCCCCC-TTTTTTTT" in lower-case hex: run, counter (16 digits past 2^40),
/// tag.
class MessageId {
  public:
    MessageId(const BrokerRun& run, uint64_t counter) noexcept;

    std::string_view view() const noexcept { return {text_.data(), size_}; }

  private:
    std::array<char, 48> text_{};
    size_t size_ = 0;
};

/// SipHash-2-4 of one 64-bit word (Aumasson, Bernstein 2012).
uint64_t SipHash(const std::array<uint64_t, 2>& key, uint64_t word) noexcept;

}  // namespace tilth::broker_plugin
