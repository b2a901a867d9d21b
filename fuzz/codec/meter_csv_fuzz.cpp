// links: tilth_codec
#include "import_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    tilth::codec::ImportRequest request;
    request.file = "z6-12345.csv";
    request.zone = tilth::codec::TimeZone{};
    request.columns = "both";
    tilth::codec::CheckImport("meter-zl6-csv", bytes, request);
    return 0;
}
