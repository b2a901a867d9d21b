// The processed store in a PostgreSQL database (docs/formats/processed_postgresql.md), for any
// number of processes at once.
//
// Each transaction and each reader has a connection of its own; connections that break are replaced
// by themselves, with a pause that grows while the server stays away.
#pragma once

#include "base/clock.h"
#include "store/processed_store.h"
#include "telemetry/pool_metrics.h"

#include <memory>
#include <string>

namespace tilth::postgresql {

struct ProcessedOptions {
    /// "postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=..." or
    /// "host=... dbname=...": whatever libpq takes. What it leaves open libpq fills in (PGHOST,
    /// ~/.pgpass, ...).
    std::string url;
    /// A file with the password on its first line, read at each new connection; empty: none.
    std::string password_file;
    /// The length of the leases that processors will take. Everything a connection can wait for is
    /// bounded below it, so that a processor that lost its lease is not in anybody's way.
    Duration lease = std::chrono::seconds{30};
    /// How long a change can be asked for in the feed.
    Duration keep_changes = std::chrono::hours{1};
    /// Times leases instead of the database's clock; for tests. Must outlive the store.
    const Clock* lease_clock = nullptr;
    telemetry::PoolMetrics* metrics = nullptr;  ///< Null: not counted. Outlives the store.
};

/// Connects, and brings the database's schema up to this program's.
/// kUnavailable: no server answers, or it is shutting down or read-only; kRefused: wrong password,
/// no privilege, no such database, or made by a Tilth that this one cannot work beside; kCorrupt:
/// the schema is not Tilth's.
Result<std::unique_ptr<ProcessedStore>> OpenProcessedStore(const ProcessedOptions& options);

}  // namespace tilth::postgresql
