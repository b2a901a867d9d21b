// How rows of a series stand in DuckDB's columns: the one place that knows the order of columns.
//
// Each layout names its columns for a SELECT, fills a chunk for an appender, and reads a chunk
// back. A value that is NaN is a null cell, so that a person's avg() or max() skips what is
// missing.
#pragma once

#include "backend/duckdb/engine.h"
#include "store/processed_store.h"

#include <span>

namespace tilth::duckdb {

/// A chunk of an appender with room for `capacity` rows; `size` of them are filled.
struct ChunkToFill {
    duckdb_data_chunk chunk = nullptr;
    size_t size = 0;

    template <class T>
    T* Column(size_t column) const {
        return static_cast<T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)));
    }
    void SetNull(size_t column, size_t row) const;
    void SetBytes(size_t column, size_t row, std::string_view bytes) const;
};

/// Adds rows behind `into.size`, which the caller then raises.
void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Observation> rows);
void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Rollup> rows);
void FillChunk(const ChunkToFill& into, int32_t series, std::span<const Checkpoint> rows);

/// Columns for a SELECT, in the order the readers below expect; the first is the series.
inline constexpr const char* kObservationColumns =
    "series, time, value, raw_value, reading_id, number, writer, sequence, position, objected,"
    " not_evaluated, manual_flag, flag, source_rank, counts, provisional";
inline constexpr size_t kObservationColumnCount = 16;
inline constexpr const char* kRollupColumns =
    "series, time, count, good_count, min, max, mean, sd, first, last, p10, p50, p90";
inline constexpr const char* kCheckpointColumns = "series, time, test, state";
inline constexpr size_t kCheckpointColumnCount = 4;

/// Appends the current chunk's rows to `out`. `provisional` is what is stored; see SeriesMemory.
void ReadChunk(const Rows& chunk, std::vector<Observation>& out);
void ReadChunk(const Rows& chunk, std::vector<Rollup>& out);
void ReadChunk(const Rows& chunk, std::vector<Checkpoint>& out, DatastreamId datastream);

}  // namespace tilth::duckdb
