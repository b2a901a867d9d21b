// links: tilth_codec
#include "codec/file_block.h"
#include "import_check.h"
#include "known_leaks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto block = tilth::codec::DecodeFileBlock(bytes);
    tilth::codec::Require(
        block.has_value() <= tilth::codec::DecodeFileBlockHeader(bytes).has_value()
    );
    if (!block) return 0;
    const auto again = tilth::codec::DecodeFileBlock(tilth::codec::EncodeFileBlock(*block));
    tilth::codec::Require(again && *again == *block);
    if (const auto readings = tilth::codec::ReadBlock(*block))
        tilth::codec::CheckReadings(*readings);
    return 0;
}
