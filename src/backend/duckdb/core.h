// What the store and its one transaction share.
#pragma once

#include "backend/duckdb/change_feed.h"
#include "backend/duckdb/engine.h"
#include "backend/duckdb/leases.h"
#include "backend/duckdb/memory.h"
#include "backend/duckdb/query_threads.h"
#include "backend/duckdb/range_table.h"

#include <mutex>

namespace tilth::duckdb {

/// The tables a transaction writes most, with appenders that outlive it; of one generation.
struct GenerationTables {
    GenerationTables(Connection& connection, GenerationId id);

    std::string schema;
    RangeTable<Observation> observation;
    RangeTable<Rollup> hourly;
    RangeTable<Rollup> daily;
    RangeTable<Checkpoint> checkpoint;
    /// Newest roll-ups by series; unset until it is asked for.
    std::optional<std::unordered_map<int32_t, NewestRollups>> newest_rollups;

    uint64_t reclaimed_rows =
        0;  ///< Of observation.deleted_rows(), those that compaction has removed.

    Status Flush();
    void Abandon();
    /// Gives space back if enough rows were deleted. Requires: no transaction is open.
    Status CompactIfWorth(Connection& connection);
};

/// The one connection that writes. Whoever writes holds `mutex` from beginning to end.
struct Writer {
    explicit Writer(Connection c) : connection(std::move(c)) {}

    std::mutex mutex;
    Connection connection;
    std::map<GenerationId, GenerationTables> tables;

    GenerationTables& TablesOf(GenerationId id);
};

struct Core {
    Core(std::string file, const Clock& c, Database d, Connection writing, int most_threads)
        : path(std::move(file)),
          clock(c),
          database(std::move(d)),
          writer(std::move(writing)),
          leases(c),
          threads(most_threads) {}

    std::string path;
    const Clock& clock;
    Database database;
    Writer writer;
    Leases leases;
    QueryThreads threads;
    /// Changed only while both writer.mutex and memory_mutex are held: either is enough for
    /// reading.
    StoreMemory memory;
    std::mutex memory_mutex;
    ChangeFeed feed;
};

}  // namespace tilth::duckdb
