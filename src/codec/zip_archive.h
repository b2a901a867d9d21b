// Reads the parts of a ZIP archive that is in memory, within limits that an evil one cannot pass.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// Neither encrypted nor ZIP64 archives; stored and deflated parts only. The bytes must outlive it.
class ZipArchive {
  public:
    /// kBadInput when the bytes are no such archive.
    static Result<ZipArchive> Open(std::string_view bytes);

    bool Has(std::string_view name) const;
    /// The content of a part. kBadInput when there is none, it is damaged, or longer than `limit`
    /// bytes unpacked.
    Result<std::string> Read(std::string_view name, size_t limit) const;

  private:
    struct Entry {
        std::string_view name;
        uint32_t method;
        uint32_t crc;
        size_t packed;
        size_t size;
        size_t header;  ///< Where its local header stands.
    };

    std::string_view bytes_;
    std::vector<Entry> entries_;
};

inline bool IsZip(std::string_view start) {
    return start.starts_with("PK\x03\x04");
}

}  // namespace tilth::codec
