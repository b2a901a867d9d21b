#include "base/hash.h"
#include "base/text.h"
#include "pipeline/route.h"

#include <array>

namespace tilth::pipeline {
namespace {

/// The text value of `"key"` where it first stands in the payload as a key, without escapes; empty
/// otherwise.
std::string_view TextField(std::string_view payload, std::string_view quoted_key) {
    const size_t at = payload.find(quoted_key);
    if (at == std::string_view::npos) return {};
    std::string_view rest = payload.substr(at + quoted_key.size());
    const auto skip_space = [&rest] {
        while (!rest.empty() &&
               (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\n'))
            rest.remove_prefix(1);
    };
    skip_space();
    if (!rest.starts_with(':')) return {};
    rest.remove_prefix(1);
    skip_space();
    if (!rest.starts_with('"')) return {};
    rest.remove_prefix(1);
    const size_t end = rest.find_first_of("\"\\");
    if (end == std::string_view::npos || rest[end] != '"') return {};
    return rest.substr(0, end);
}

}  // namespace

std::string_view DeviceHint(std::string_view topic, std::string_view payload) {
    // A device key stands at the front of a message; the rest of a large one is not searched.
    const std::string_view front = payload.substr(0, 512);
    static constexpr std::array<std::string_view, 4> kKeys{
        "\"device\"", "\"name\"", "\"id\"", "\"bn\""};
    for (const std::string_view key : kKeys) {
        const std::string_view value = TextField(front, key);
        if (!value.empty() && CheckKey(value, "device")) return value;
    }
    return topic;
}

PartitionId PartitionOf(std::string_view device) {
    return PartitionId{static_cast<uint16_t>(Hash64(device) % kPartitions)};
}

}  // namespace tilth::pipeline
