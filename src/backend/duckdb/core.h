// What the store and its one transaction share.
#pragma once

#include "backend/duckdb/change_feed.h"
#include "backend/duckdb/engine.h"
#include "backend/duckdb/leases.h"
#include "backend/duckdb/memory.h"
#include "backend/duckdb/query_threads.h"
#include "backend/duckdb/range_table.h"
#include "store/processed_store.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <shared_mutex>

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

/// A database that was opened, and what is kept in memory of it.
struct OpenedDatabase {
    Database database;
    Connection writing;
    StoreMemory memory;
};
Result<OpenedDatabase> OpenDatabase(const std::string& path, std::span<const Setting> settings);

struct Core {
    Core(
        std::string file,
        std::vector<Setting> s,
        const Clock& c,
        OpenedDatabase opened,
        int most_threads
    )
        : path(std::move(file)),
          settings(std::move(s)),
          clock(c),
          database(std::move(opened.database)),
          writer(std::move(opened.writing)),
          leases(c),
          threads(most_threads),
          memory(std::move(opened.memory)) {
        feed.Reset(ChangeToken{memory.token});
    }

    /// Ends the writer's transaction. After a failure the database is suspect. Requires:
    /// writer.mutex.
    Status Commit();
    /// What DuckDB holds in memory after a failed commit or checkpoint is not to be trusted, and
    /// must not reach the file (docs/decisions/a-failed-commit-reopens-duckdb.md). Requires:
    /// writer.mutex.
    void Suspect();
    /// Opens a suspect database again: at the state of the last commit. kUnavailable: not yet.
    /// Requires: writer.mutex.
    Status Restore(const std::function<void()>& close_readers);
    /// Checkpoints and empties DuckDB's cache, unless somebody reads: then the next transaction
    /// does it. Requires: writer.mutex, no
    /// transaction.
    void EmptyCache();
    /// Lets DuckDB checkpoint by itself only while the disk has room for it. Requires:
    /// writer.mutex, no transaction.
    void GuardCheckpoints();

    std::string path;
    std::vector<Setting> settings;
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

    std::atomic<bool> suspect{false};
    /// Shared by readers while they use a connection; alone by Restore.
    std::shared_mutex in_use;
    bool may_checkpoint = true;
    bool said_full = false;
    bool is_cache_wanted = true;  ///< False: somebody read when it was to be emptied.
};

}  // namespace tilth::duckdb
