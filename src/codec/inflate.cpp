#include "codec/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace tilth::codec {
namespace {

constexpr int kGzip = 15 + 16;  ///< Window bits: gzip header expected.
constexpr int kRaw = -15;       ///< No header.

/// A zlib stream and its end.
class Stream {
  public:
    Stream(std::string_view bytes, int window_bits) {
        // zlib does not write to the input, but its interface does not say so.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in =
            static_cast<uInt>(std::min<size_t>(bytes.size(), std::numeric_limits<uInt>::max()));
        good_ = inflateInit2(&stream_, window_bits) == Z_OK;
    }
    ~Stream() {
        if (good_) inflateEnd(&stream_);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Appends up to `most` bytes to `out`; zlib's code.
    int Inflate(std::string& out, size_t most) {
        if (!good_) return Z_MEM_ERROR;
        const size_t before = out.size();
        out.resize(before + most);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream_.avail_out = static_cast<uInt>(most);
        const int code = inflate(&stream_, Z_NO_FLUSH);
        out.resize(before + most - stream_.avail_out);
        return code;
    }
    bool AtEnd() const { return stream_.avail_in == 0; }
    void NextMember() { inflateReset(&stream_); }

  private:
    z_stream stream_{};
    bool good_ = false;
};

}  // namespace

Result<std::string> InflateGzip(std::string_view bytes, size_t limit) {
    constexpr size_t kStep = size_t{1} << 20;
    Stream stream(bytes, kGzip);
    std::string out;
    while (true) {
        const int code = stream.Inflate(out, kStep);
        if (out.size() > limit) {
            return Fail(Fault::kBadInput, "the gzip file unpacks to more than {} bytes", limit);
        }
        if (code == Z_STREAM_END) {
            if (stream.AtEnd()) return out;
            stream.NextMember();
        } else if (code != Z_OK) {
            return Fail(
                Fault::kBadInput,
                "the gzip file is damaged or cut off after {} bytes of content",
                out.size()
            );
        }
    }
}

Result<std::string> InflateRaw(std::string_view bytes, size_t size) {
    Stream stream(bytes, kRaw);
    std::string out;
    // One byte more, so that a stream that is longer than it says is seen.
    const int code = stream.Inflate(out, size + 1);
    if (code == Z_STREAM_END && out.size() == size) return out;
    return Fail(Fault::kBadInput, "deflated data is damaged or has not the {} bytes it says", size);
}

}  // namespace tilth::codec
