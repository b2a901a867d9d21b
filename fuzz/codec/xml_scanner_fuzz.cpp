// links: tilth_codec
#include "codec/xml_scanner.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    using tilth::codec::XmlScanner;
    XmlScanner scanner(bytes);
    XmlScanner::Event event = scanner.Next();
    while (event != XmlScanner::Event::kDone && event != XmlScanner::Event::kError) {
        if (event == XmlScanner::Event::kStart) static_cast<void>(scanner.Attribute("r"));
        event = scanner.Next();
    }
    return 0;
}
