// links: tilth_codec
// The input is a mapping and a table, with a line of "---" between them.
#include "import_check.h"
#include "known_leaks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view kBetween = "\n---\n";
    const size_t between = bytes.find(kBetween);
    if (between == std::string_view::npos) return 0;
    tilth::codec::ImportRequest request;
    request.file = "table.csv";
    request.mapping = bytes.substr(0, between);
    tilth::codec::CheckImport("csv", bytes.substr(between + kBetween.size()), request);
    return 0;
}
