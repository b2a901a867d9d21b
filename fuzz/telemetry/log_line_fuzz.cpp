// links: tilth_telemetry simdjson::simdjson
//
// Whatever bytes an event carries, its text is one line and its JSON is JSON.
#include "telemetry/log_line.h"

#include <simdjson.h>

#include <cstdlib>
#include <string_view>

using namespace tilth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string_view half = bytes.substr(0, size / 2);
    const std::string_view rest = bytes.substr(size / 2);
    const telemetry::Field fields[] = {{half, rest}, {"value", rest}};

    const std::string text = TextLine(Time{}, telemetry::Level::kInfo, half, fields);
    if (text.find_first_of("\r\n\x1b") != std::string::npos) std::abort();

    const std::string json = JsonLine(Time{}, telemetry::Level::kInfo, half, fields);
    simdjson::dom::parser parser;
    if (parser.parse(json).error() != simdjson::SUCCESS) std::abort();
    return 0;
}
