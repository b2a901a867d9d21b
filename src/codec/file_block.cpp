#include "codec/file_block.h"

#include "base/append.h"
#include "codec/json_text.h"

#include <simdjson.h>
#include <zstd.h>

#include <memory>

namespace tilth::codec {
namespace {

constexpr std::string_view kMagic = "TFB1";
constexpr int kCompressionLevel = 3;
constexpr size_t kMaxHeaderBytes = size_t{4} << 20;

void AppendLength(std::string& out, size_t length) {
    for (int i = 0; i < 4; ++i) out += static_cast<char>(length >> (8 * i) & 0xff);
}

size_t LengthAt(std::string_view bytes) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i)
        length |= size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return length;
}

std::string HeaderJson(const FileBlock& block) {
    const FileBlockHeader& header = block.header;
    std::string json;
    const auto text = [&json](std::string_view key, std::string_view value) {
        json += json.empty() ? "{" : ",";
        AppendJsonString(json, key);
        json += ':';
        AppendJsonString(json, value);
    };
    const auto number = [&json](std::string_view key, uint64_t value) {
        Append(json, ",\"{}\":{}", key, value);
    };
    text("format", header.format);
    text("file", header.file);
    text("digest", header.digest);
    number("file_size", header.file_size);
    number("index", header.index);
    number("offset", header.offset);
    Append(json, ",\"last\":{}", header.last);
    number("first_line", header.first_line);
    number("head_bytes", block.head.size());
    number("row_bytes", block.rows.size());
    text("thing", header.thing);
    text("columns", header.columns);
    text("mapping", header.mapping);
    text("zone", header.zone);
    return json + "}";
}

struct Frame {
    FileBlockHeader header;
    size_t head_bytes;
    size_t row_bytes;
    std::string_view compressed;
};

Result<Frame> ReadHeaderJson(std::string_view json, std::string_view compressed) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
        return Fail(Fault::kCorrupt, "the header of a file block is no JSON object");
    }
    bool good = true;
    const auto text = [&](const char* key) {
        std::string_view value;
        good = object[key].get(value) == simdjson::SUCCESS && good;
        return std::string(value);
    };
    const auto number = [&](const char* key) {
        uint64_t value = 0;
        good = object[key].get(value) == simdjson::SUCCESS && good;
        return value;
    };
    Frame frame{};
    frame.header.format = text("format");
    frame.header.file = text("file");
    frame.header.digest = text("digest");
    frame.header.file_size = number("file_size");
    frame.header.index = static_cast<uint32_t>(number("index"));
    frame.header.offset = number("offset");
    good = object["last"].get(frame.header.last) == simdjson::SUCCESS && good;
    frame.header.first_line = number("first_line");
    frame.header.thing = text("thing");
    frame.header.columns = text("columns");
    frame.header.mapping = text("mapping");
    frame.header.zone = text("zone");
    frame.head_bytes = number("head_bytes");
    frame.row_bytes = number("row_bytes");
    frame.compressed = compressed;
    if (!good)
        return Fail(Fault::kCorrupt, "the header of a file block lacks a field or has a wrong one");
    return frame;
}

Result<Frame> ReadFrame(std::string_view payload) {
    if (!payload.starts_with(kMagic) || payload.size() < 8) {
        return Fail(Fault::kCorrupt, "no file block: it does not start with {}", kMagic);
    }
    const size_t length = LengthAt(payload.substr(4));
    if (length > kMaxHeaderBytes || length > payload.size() - 8) {
        return Fail(Fault::kCorrupt, "the header of a file block is cut off");
    }
    return ReadHeaderJson(payload.substr(8, length), payload.substr(8 + length));
}

}  // namespace

std::string EncodeFileBlock(const FileBlock& block) {
    const std::string json = HeaderJson(block);
    const std::string content = block.head + block.rows;
    std::string payload(kMagic);
    AppendLength(payload, json.size());
    payload += json;
    const size_t start = payload.size();
    payload.resize(start + ZSTD_compressBound(content.size()));
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(
        ZSTD_createCCtx(), ZSTD_freeCCtx
    );
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    const size_t size = ZSTD_compress2(
        context.get(),
        payload.data() + start,
        payload.size() - start,
        content.data(),
        content.size()
    );
    if (ZSTD_isError(size))
        throw std::bad_alloc();  // The space suffices, so only memory can be missing.
    payload.resize(start + size);
    return payload;
}

Result<FileBlockHeader> DecodeFileBlockHeader(std::string_view payload) {
    TILTH_TRY(Frame frame, ReadFrame(payload));
    return std::move(frame.header);
}

Result<FileBlock> DecodeFileBlock(std::string_view payload) {
    TILTH_TRY(Frame frame, ReadFrame(payload));
    if (frame.head_bytes > kMaxBlockBytes || frame.row_bytes > kMaxBlockBytes) {
        return Fail(Fault::kCorrupt, "a file block says it has more than {} bytes", kMaxBlockBytes);
    }
    const size_t total = frame.head_bytes + frame.row_bytes;
    std::string content(total, '\0');
    const size_t size =
        ZSTD_decompress(content.data(), total, frame.compressed.data(), frame.compressed.size());
    if (ZSTD_isError(size) || size != total) {
        return Fail(
            Fault::kCorrupt,
            "block {} of {} is damaged: {}",
            frame.header.index,
            frame.header.file,
            ZSTD_isError(size) ? ZSTD_getErrorName(size) : "it has not the length it says"
        );
    }
    FileBlock block;
    block.header = std::move(frame.header);
    block.rows = content.substr(frame.head_bytes);
    content.resize(frame.head_bytes);
    block.head = std::move(content);
    return block;
}

}  // namespace tilth::codec
