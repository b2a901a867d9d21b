// links: tilth_codec
#include "import_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    tilth::codec::ImportRequest request;
    request.file = "export.xlsx";
    request.columns = "both";
    tilth::codec::CheckImport("meter-zl6-xlsx", bytes, request);
    return 0;
}
