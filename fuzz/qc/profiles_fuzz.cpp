// links: tilth_qc
//
// Any text as a profile document: refused with a reason, or profiles that compile for a datastream.
// Never a crash.
#include "qc/profiles.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace tilth;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(data, data + size);
    const auto profiles = qc::ParseProfiles(text);
    if (!profiles) {
        if (profiles.error().message.empty()) std::abort();
        return 0;
    }
    Datastream stream;
    stream.thing = "node";
    stream.property = "volumetric_water_content";
    stream.unit = "m3/m3";
    stream.depth = 0.05;
    stream.name = NameOf(stream.thing, stream.property, stream.depth, "");
    for (const std::string_view name : profiles->names()) {
        stream.profile = name;
        const auto checker = profiles->Compile(stream, {});
        if (!checker && checker.error().message.empty()) std::abort();
    }
    return 0;
}
