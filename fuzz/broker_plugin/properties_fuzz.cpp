// links: tilth_mosquitto_properties
#include "broker_plugin/mosquitto/properties.h"

#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using namespace tilth::broker_plugin;

void Require(bool condition) {
    if (!condition) std::abort();
}

std::string_view View(const std::vector<char>& bytes) {
    return {bytes.data(), bytes.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const bool is_known = KnowsPropertyLists();
    Require(is_known);
    mosquitto_property* list = nullptr;
    (void)DecodeProperties({reinterpret_cast<const char*>(data), size}, list);
    std::vector<char> encoded;
    EncodeProperties(list, encoded);

    // What was encoded comes back the same.
    mosquitto_property* again = nullptr;
    Require(DecodeProperties(View(encoded), again) == 0);
    std::vector<char> encoded_again;
    EncodeProperties(again, encoded_again);
    Require(encoded == encoded_again);
    if (again != nullptr) mosquitto_property_free_all(&again);

    // Stripping takes two names and leaves nothing of them; a second time there is nothing to do.
    StripUserProperties(list, "a", "b");
    std::vector<char> stripped;
    EncodeProperties(list, stripped);
    Require(stripped.size() <= encoded.size());
    StripUserProperties(list, "a", "b");
    std::vector<char> stripped_again;
    EncodeProperties(list, stripped_again);
    Require(stripped == stripped_again);
    if (list != nullptr) mosquitto_property_free_all(&list);
    return 0;
}
