// links: tilth_codec
#include "codec/site_yaml.h"
#include "known_leaks.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static_cast<void>(tilth::codec::ParseSite(bytes));
    return 0;
}
