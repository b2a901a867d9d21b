// links: tilth_codec
#include "codec/time_zone.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    using tilth::codec::TimeZone;
    const auto load = [](std::string_view) -> tilth::Result<std::string> {
        return tilth::Fail(tilth::Fault::kNotFound, "none");
    };
    static_cast<void>(tilth::codec::ParseTimeZone(bytes, load));
    for (const auto& zone : {TimeZone::FromText(bytes), TimeZone::FromTzif("Some/Place", bytes)}) {
        if (!zone) continue;
        const auto again = TimeZone::FromText(zone->Text());
        if (!again || again->Text() != zone->Text()) std::abort();
        const tilth::Time local = tilth::FromMicros(1'699'145'000'000'000);
        if (again->ToUtc(local) != zone->ToUtc(local)) std::abort();
    }
    return 0;
}
