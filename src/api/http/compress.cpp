#include "api/http/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <charconv>

namespace tilth::api {
namespace {

constexpr int kGzipLevel = 5;
constexpr int kZstdLevel = 3;
constexpr int kGzipWindow = 15 + 16;  // 32 KB, with gzip's header
constexpr size_t kStep = 64 * 1024;

class GzipCompressor final : public Compressor {
  public:
    GzipCompressor() {
        deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
    }
    GzipCompressor(const GzipCompressor&) = delete;
    GzipCompressor& operator=(const GzipCompressor&) = delete;
    ~GzipCompressor() override { deflateEnd(&stream_); }

    void Add(std::string_view piece, bool last, std::string& out) override {
        // zlib's input is not const by an old habit; it is not written to.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        stream_.avail_in = static_cast<uInt>(piece.size());
        do {
            const size_t size = out.size();
            out.resize(size + kStep);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + size);
            stream_.avail_out = kStep;
            deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
            out.resize(size + kStep - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

  private:
    z_stream stream_{};
};

class ZstdCompressor final : public Compressor {
  public:
    ZstdCompressor() : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    }

    void Add(std::string_view piece, bool last, std::string& out) override {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        size_t left = 0;
        do {
            const size_t size = out.size();
            out.resize(size + kStep);
            ZSTD_outBuffer space{out.data() + size, kStep, 0};
            left = ZSTD_compressStream2(
                context_.get(), &space, &in, last ? ZSTD_e_end : ZSTD_e_continue
            );
            out.resize(size + space.pos);
            if (ZSTD_isError(left)) return;
        } while (in.pos < in.size || (last && left > 0));
    }

  private:
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context_;
};

std::string_view Trim(std::string_view text) {
    const size_t from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// False for "gzip;q=0".
bool Wanted(std::string_view parameters) {
    const size_t q = parameters.find("q=");
    if (q == std::string_view::npos) return true;
    double weight = 1;
    std::from_chars(parameters.data() + q + 2, parameters.data() + parameters.size(), weight);
    return weight > 0;
}

}  // namespace

std::string_view Name(Coding coding) {
    switch (coding) {
        case Coding::kIdentity:
            return "";
        case Coding::kGzip:
            return "gzip";
        case Coding::kZstd:
            return "zstd";
    }
    return "";
}

Coding ChooseCoding(std::string_view accept_encoding) {
    Coding best = Coding::kIdentity;
    while (!accept_encoding.empty()) {
        const size_t comma = accept_encoding.find(',');
        const std::string_view item = accept_encoding.substr(0, comma);
        accept_encoding = comma == std::string_view::npos ? "" : accept_encoding.substr(comma + 1);
        const size_t semicolon = item.find(';');
        if (semicolon != std::string_view::npos && !Wanted(item.substr(semicolon))) continue;
        const std::string_view name = Trim(item.substr(0, semicolon));
        if (name == "zstd") best = Coding::kZstd;
        if (name == "gzip" || name == "x-gzip") best = std::max(best, Coding::kGzip);
    }
    return best;
}

std::unique_ptr<Compressor> Compressor::Make(Coding coding) {
    switch (coding) {
        case Coding::kIdentity:
            return nullptr;
        case Coding::kGzip:
            return std::make_unique<GzipCompressor>();
        case Coding::kZstd:
            return std::make_unique<ZstdCompressor>();
    }
    return nullptr;
}

std::string Gunzip(std::string_view gzip) {
    z_stream stream{};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
    stream.avail_in = static_cast<uInt>(gzip.size());
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) return {};
    std::string out;
    int status = Z_OK;
    while (status == Z_OK) {
        const size_t size = out.size();
        out.resize(size + kStep);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
        stream.avail_out = kStep;
        status = inflate(&stream, Z_NO_FLUSH);
        out.resize(size + kStep - stream.avail_out);
    }
    inflateEnd(&stream);
    return out;
}

}  // namespace tilth::api
