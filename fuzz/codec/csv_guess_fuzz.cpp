// links: tilth_codec
// A guess is either refused or YAML that the reader of mappings understands, apart from what it
// asks for.
#include "codec/csv_mapping.h"
#include "known_leaks.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto guess = tilth::codec::GuessMapping(bytes);
    if (!guess) return 0;
    const auto mapping = tilth::codec::ParseCsvMapping(*guess);
    if (mapping || mapping.error().message.find("not YAML") != std::string::npos) std::abort();
    return 0;
}
