// Content codings of answers: gzip and zstd.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tilth::api {

enum class Coding : uint8_t { kIdentity, kGzip, kZstd };

/// "gzip", "zstd"; empty for identity.
std::string_view Name(Coding coding);

/// The best coding an Accept-Encoding header allows.
Coding ChooseCoding(std::string_view accept_encoding);

/// Compresses a stream of pieces. One thread at a time.
class Compressor {
  public:
    virtual ~Compressor() = default;
    /// Appends what is ready of the compressed stream; all that is left when `last`.
    virtual void Add(std::string_view piece, bool last, std::string& out) = 0;

    /// Null for identity.
    static std::unique_ptr<Compressor> Make(Coding coding);
};

/// The bytes of a gzip stream that was made by this program's build.
std::string Gunzip(std::string_view gzip);

}  // namespace tilth::api
