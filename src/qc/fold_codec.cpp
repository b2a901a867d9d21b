#include "qc/fold_codec.h"

namespace tilth::qc {

std::string EncodeFold(const FoldState& state) {
    std::string bytes;
    bytes.reserve(state.words.size() * 8);
    for (const int64_t word : state.words) {
        for (int shift = 0; shift < 64; shift += 8) {
            bytes.push_back(static_cast<char>(static_cast<uint64_t>(word) >> shift & 0xff));
        }
    }
    return bytes;
}

Result<FoldState> DecodeFold(std::string_view bytes) {
    if (bytes.size() % 8 != 0) {
        return Fail(
            Fault::kCorrupt, "the saved state of a test has {} bytes, not whole words", bytes.size()
        );
    }
    FoldState state;
    for (size_t i = 0; i < bytes.size(); i += 8) {
        uint64_t word = 0;
        for (size_t k = 0; k < 8; ++k) {
            word |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i + k])) << (8 * k);
        }
        state.words.push_back(static_cast<int64_t>(word));
    }
    return state;
}

}  // namespace tilth::qc
