// Little-endian numbers in memory.
#pragma once

#include <bit>
#include <cstring>

namespace tilth::broker_plugin {

static_assert(
    std::endian::native == std::endian::little, "the journal is written as memory has it"
);

template <class T>
void Put(char* at, T value) noexcept {
    std::memcpy(at, &value, sizeof value);
}
template <class T>
T Get(const char* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace tilth::broker_plugin
