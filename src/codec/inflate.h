// Unpacking of deflated data, with a limit on what comes out.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace tilth::codec {

/// The content of a gzip file (RFC 1952), of all its members. kBadInput when it is damaged, or has
/// more than `limit` bytes.
Result<std::string> InflateGzip(std::string_view bytes, size_t limit);

/// Raw deflate data (RFC 1951) that must give exactly `size` bytes. kBadInput otherwise.
Result<std::string> InflateRaw(std::string_view bytes, size_t size);

/// True for the first bytes of a gzip file.
inline bool IsGzip(std::string_view start) {
    return start.starts_with("\x1f\x8b\x08");
}

}  // namespace tilth::codec
