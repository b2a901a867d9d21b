// A writer of Apache Parquet files: flat tables of times, numbers and texts, a row group at a time,
// pages compressed with zstd. https://parquet.apache.org/docs/file-format/
#pragma once

#include "base/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace tilth::query {

enum class ParquetType : uint8_t {
    kTime,    ///< int64 microseconds, UTC
    kNumber,  ///< double; NaN is written as null
    kText,    ///< UTF-8
};

struct ParquetColumn {
    std::string name;
    ParquetType type;
};

/// Rows are added cell by cell, left to right; bytes come out in the order they stand in the file.
class ParquetWriter {
  public:
    explicit ParquetWriter(std::vector<ParquetColumn> columns);

    void Add(Time time);
    void Add(double number);
    void Add(std::string_view text);

    /// Appends the row groups that are full to `out`.
    void Flush(std::string& out);
    /// Appends what is left and the footer. Nothing may be added afterwards.
    void Finish(std::string& out);

  private:
    struct Chunk {
        std::string values;    ///< PLAIN encoded
        std::string validity;  ///< One bit a row, of a column that can be null
    };
    struct StoredChunk {
        uint64_t offset;
        uint64_t plain_size;
        uint64_t stored_size;
    };
    struct RowGroup {
        uint64_t rows;
        std::vector<StoredChunk> chunks;
    };

    Chunk& NextCell();
    void WriteGroup(std::string& out);
    StoredChunk WriteChunk(std::string& out, ParquetType type, Chunk& chunk);
    std::string Footer() const;
    void Put(std::string& out, std::string_view bytes);

    std::vector<ParquetColumn> columns_;
    std::vector<Chunk> chunks_;
    size_t column_ = 0;
    uint64_t rows_ = 0;  ///< In the open row group
    uint64_t offset_ = 0;
    std::vector<RowGroup> groups_;
};

}  // namespace tilth::query
