// links: tilth_codec
// Any payload under each format: readings or a reason, never half, and the readings keep their
// promises.
#include "base/text.h"
#include "codec/decoder.h"

#include <cmath>
#include <cstdlib>

namespace {

void Decode(
    tilth::codec::MessageDecoder& decoder,
    std::string_view payload,
    const tilth::MessageMapping& mapping
) {
    static std::vector<tilth::codec::DecodedReading> readings;
    const auto status = decoder.Decode(
        "field/plot7/up", payload, tilth::FromMicros(1'746'079'200'000'000), mapping, readings
    );
    if (readings.empty() == status.has_value()) std::abort();
    for (const auto& reading : readings) {
        if (std::isinf(reading.value) || (reading.value == 0 && std::signbit(reading.value)))
            std::abort();
        if (!tilth::CheckKey(reading.device, "device") ||
            !tilth::CheckKey(reading.channel, "channel"))
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static tilth::codec::MessageDecoder decoder;
    tilth::MessageMapping mapping;
    Decode(decoder, bytes, mapping);
    mapping.format = "senml";
    mapping.device_level = 1;
    Decode(decoder, bytes, mapping);
    mapping.format = "json";
    mapping.time_unit = "auto";
    Decode(decoder, bytes, mapping);
    return 0;
}
