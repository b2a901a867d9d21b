// links: tilth_codec
#include "import_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    tilth::codec::ImportRequest request;
    request.file = "station.stm";
    tilth::codec::CheckImport("ismn-header-values", bytes, request);
    tilth::codec::CheckImport("ismn-ceop", bytes, request);
    return 0;
}
