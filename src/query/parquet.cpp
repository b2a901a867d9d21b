#include "query/parquet.h"

#include "query/thrift_compact.h"

#include <zstd.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace tilth::query {
namespace {

static_assert(
    std::endian::native == std::endian::little, "Parquet's PLAIN encoding is little-endian"
);

constexpr uint64_t kGroupRows = 131'072;
constexpr uint64_t kMostGroupBytes = 64 << 20;
constexpr std::string_view kMagic = "PAR1";

// Numbers of parquet.thrift.
constexpr int32_t kInt64 = 2;
constexpr int32_t kDouble = 5;
constexpr int32_t kByteArray = 6;
constexpr int32_t kPlain = 0;
constexpr int32_t kRle = 3;
constexpr int32_t kZstd = 6;
constexpr int32_t kRequired = 0;
constexpr int32_t kOptional = 1;
constexpr int32_t kUtf8 = 0;
constexpr int32_t kTimestampMicros = 10;

int32_t PhysicalType(ParquetType type) {
    switch (type) {
        case ParquetType::kTime:
            return kInt64;
        case ParquetType::kNumber:
            return kDouble;
        case ParquetType::kText:
            return kByteArray;
    }
    return kByteArray;
}

template <class T>
void AppendBytes(std::string& out, T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

void AddBit(std::string& bits, uint64_t row, bool set) {
    if (row % 8 == 0) bits += '\0';
    if (set)
        bits.back() = static_cast<char>(static_cast<unsigned char>(bits.back()) | 1u << row % 8);
}

std::string Compress(std::string_view bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
    // Cannot fail: the buffer is as large as zstd asks for.
    out.resize(ZSTD_isError(size) ? 0 : size);
    return out;
}

/// Definition levels: one bit-packed run of one-bit values, its length in front.
std::string DefinitionLevels(const std::string& validity) {
    std::string run;
    uint64_t header = validity.size() << 1 | 1;
    for (; header >= 0x80; header >>= 7) run += static_cast<char>(header | 0x80);
    run += static_cast<char>(header);
    run += validity;
    std::string levels;
    AppendBytes(levels, static_cast<uint32_t>(run.size()));
    return levels + run;
}

void WriteSchemaElement(ThriftWriter& thrift, const ParquetColumn& column) {
    thrift.BeginElement();
    thrift.I32(1, PhysicalType(column.type));
    thrift.I32(3, column.type == ParquetType::kNumber ? kOptional : kRequired);
    thrift.Text(4, column.name);
    if (column.type == ParquetType::kText) {
        thrift.I32(6, kUtf8);
        thrift.Begin(10);
        thrift.Begin(1);
        thrift.End();
        thrift.End();
    } else if (column.type == ParquetType::kTime) {
        thrift.I32(6, kTimestampMicros);
        thrift.Begin(10);
        thrift.Begin(8);
        thrift.True(1);  // UTC
        thrift.Begin(2);
        thrift.Begin(2);  // Microseconds
        thrift.End();
        thrift.End();
        thrift.End();
        thrift.End();
    }
    thrift.End();
}

}  // namespace

ParquetWriter::ParquetWriter(std::vector<ParquetColumn> columns)
    : columns_(std::move(columns)), chunks_(columns_.size()) {}

ParquetWriter::Chunk& ParquetWriter::NextCell() {
    Chunk& chunk = chunks_[column_];
    if (columns_[column_].type == ParquetType::kNumber) AddBit(chunk.validity, rows_, false);
    column_ = (column_ + 1) % columns_.size();
    if (column_ == 0) ++rows_;
    return chunk;
}

void ParquetWriter::Add(Time time) {
    AppendBytes(NextCell().values, ToMicros(time));
}

void ParquetWriter::Add(double number) {
    const uint64_t row = rows_;
    Chunk& chunk = NextCell();
    if (std::isnan(number)) return;
    chunk.validity.back() =
        static_cast<char>(static_cast<unsigned char>(chunk.validity.back()) | 1u << row % 8);
    AppendBytes(chunk.values, number);
}

void ParquetWriter::Add(std::string_view text) {
    Chunk& chunk = NextCell();
    AppendBytes(chunk.values, static_cast<uint32_t>(text.size()));
    chunk.values += text;
}

void ParquetWriter::Put(std::string& out, std::string_view bytes) {
    out += bytes;
    offset_ += bytes.size();
}

ParquetWriter::StoredChunk ParquetWriter::WriteChunk(
    std::string& out, ParquetType type, Chunk& chunk
) {
    std::string page = type == ParquetType::kNumber ? DefinitionLevels(chunk.validity) : "";
    page += chunk.values;
    const std::string stored = Compress(page);
    std::string header;
    ThriftWriter thrift(header);
    thrift.I32(1, 0);  // A data page
    thrift.I32(2, static_cast<int32_t>(page.size()));
    thrift.I32(3, static_cast<int32_t>(stored.size()));
    thrift.Begin(5);
    thrift.I32(1, static_cast<int32_t>(rows_));
    thrift.I32(2, kPlain);
    thrift.I32(3, kRle);
    thrift.I32(4, kRle);
    thrift.End();
    thrift.End();
    const StoredChunk place{offset_, header.size() + page.size(), header.size() + stored.size()};
    Put(out, header);
    Put(out, stored);
    chunk = {};
    return place;
}

void ParquetWriter::WriteGroup(std::string& out) {
    if (offset_ == 0) Put(out, kMagic);
    if (rows_ == 0) return;
    RowGroup& group = groups_.emplace_back();
    group.rows = rows_;
    for (size_t i = 0; i < columns_.size(); ++i) {
        group.chunks.push_back(WriteChunk(out, columns_[i].type, chunks_[i]));
    }
    rows_ = 0;
}

void ParquetWriter::Flush(std::string& out) {
    uint64_t bytes = 0;
    for (const Chunk& chunk : chunks_) bytes += chunk.values.size();
    if (rows_ >= kGroupRows || bytes >= kMostGroupBytes) WriteGroup(out);
}

void ParquetWriter::Finish(std::string& out) {
    WriteGroup(out);
    const std::string footer = Footer();
    Put(out, footer);
    std::string length;
    AppendBytes(length, static_cast<uint32_t>(footer.size()));
    Put(out, length);
    Put(out, kMagic);
}

std::string ParquetWriter::Footer() const {
    std::string footer;
    ThriftWriter thrift(footer);
    thrift.I32(1, 1);
    thrift.ListOfStructs(2, columns_.size() + 1);
    thrift.BeginElement();
    thrift.Text(4, "schema");
    thrift.I32(5, static_cast<int32_t>(columns_.size()));
    thrift.End();
    for (const ParquetColumn& column : columns_) WriteSchemaElement(thrift, column);
    uint64_t rows = 0;
    for (const RowGroup& group : groups_) rows += group.rows;
    thrift.I64(3, static_cast<int64_t>(rows));
    thrift.ListOfStructs(4, groups_.size());
    for (const RowGroup& group : groups_) {
        thrift.BeginElement();
        thrift.ListOfStructs(1, columns_.size());
        uint64_t bytes = 0;
        for (size_t i = 0; i < columns_.size(); ++i) {
            const StoredChunk& chunk = group.chunks[i];
            bytes += chunk.plain_size;
            thrift.BeginElement();
            thrift.I64(2, static_cast<int64_t>(chunk.offset));
            thrift.Begin(3);
            thrift.I32(1, PhysicalType(columns_[i].type));
            thrift.ListOfI32(2, {kPlain, kRle});
            thrift.ListOfOneText(3, columns_[i].name);
            thrift.I32(4, kZstd);
            thrift.I64(5, static_cast<int64_t>(group.rows));
            thrift.I64(6, static_cast<int64_t>(chunk.plain_size));
            thrift.I64(7, static_cast<int64_t>(chunk.stored_size));
            thrift.I64(9, static_cast<int64_t>(chunk.offset));
            thrift.End();
            thrift.End();
        }
        thrift.I64(2, static_cast<int64_t>(bytes));
        thrift.I64(3, static_cast<int64_t>(group.rows));
        thrift.End();
    }
    thrift.Text(6, "tilth");
    thrift.End();
    return footer;
}

}  // namespace tilth::query
