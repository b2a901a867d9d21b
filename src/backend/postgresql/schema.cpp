#include "backend/postgresql/schema.h"

#include "backend/postgresql/locks.h"

namespace tilth::postgresql {
namespace {

constexpr size_t kTablesAtOnce = 50;  ///< Each takes locks, of which a server has some thousands.

constexpr Duration kLongestStep = std::chrono::hours{4};

/// A transaction that may take long; rolls back at the end unless it was committed.
class Scope {
  public:
    explicit Scope(Connection& connection)
        : connection_(connection), patience_(connection.patience()) {}
    ~Scope() {
        connection_.SetPatience(patience_);
        if (open_ && connection_.IsLinked()) static_cast<void>(connection_.Execute("ROLLBACK"));
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Status Begin() {
        // Tables may be large.
        connection_.SetPatience(kLongestStep);
        TILTH_CHECK(connection_.Execute(fmt::format(
            "BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({})",
            static_cast<int64_t>(AdvisoryLock::kSchema)
        )));
        open_ = true;
        return {};
    }
    Status Commit() {
        open_ = false;
        return connection_.Execute("COMMIT");
    }

  private:
    Connection& connection_;
    const Duration patience_;
    bool open_ = false;
};

struct Version {
    int number = 0;
    int lowest = 0;
};

Result<Version> VersionIn(Connection& connection) {
    // Not to_regclass(): what it remembers is not up to date after waiting for an advisory lock.
    TILTH_TRY(
        const Rows there,
        connection.Run("SELECT count(n.oid) > 0, count(c.oid) > 0 FROM pg_namespace AS n"
                       " LEFT JOIN pg_class AS c ON c.relnamespace = n.oid"
                       " AND c.relname = 'schema_version' WHERE n.nspname = 'tilth'")
    );
    if (!there.Bool(0, 0)) return Version{};
    if (!there.Bool(0, 1)) {
        return Fail(
            Fault::kCorrupt, "{} has a schema \"tilth\" that is not Tilth's", connection.Place()
        );
    }
    TILTH_TRY(
        const Rows rows,
        connection.Run("SELECT number, lowest FROM tilth.schema_version"
                       " ORDER BY number DESC LIMIT 1")
    );
    if (rows.size() == 0) return Version{};
    return Version{rows.Get<int32_t>(0, 0), rows.Get<int32_t>(0, 1)};
}

Status CheckUsable(const Version& version, int known, const Connection& connection) {
    if (version.lowest <= known) return {};
    return Fail(
        Fault::kRefused,
        "{} has schema {}, which programs from {} on can use; this one knows {}: use a newer Tilth",
        connection.Place(),
        version.number,
        version.lowest,
        known
    );
}

Status RunMissing(Connection& connection, std::span<const Migration> migrations) {
    Scope scope(connection);
    TILTH_CHECK(scope.Begin());
    TILTH_TRY(const Version version, VersionIn(connection));
    TILTH_CHECK(CheckUsable(version, migrations.back().number, connection));
    if (version.number == 0) {
        TILTH_CHECK(connection.Execute(
            "CREATE SCHEMA IF NOT EXISTS tilth; CREATE TABLE tilth.schema_version ("
            "number int PRIMARY KEY, lowest int NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        ));
    }
    for (const Migration& migration : migrations) {
        if (migration.number <= version.number) continue;
        TILTH_CHECK(connection.Execute(std::string(migration.sql)));
        TILTH_CHECK(connection.Run(
            "INSERT INTO tilth.schema_version (number, lowest) VALUES ($1, $2)",
            Params().Add(migration.number).Add(migration.lowest)
        ));
    }
    return scope.Commit();
}

/// A dump that was restored elsewhere brings transaction numbers that this server has not reached:
/// the feed starts anew.
Status StartFeedAnewWhereRestored(Connection& connection) {
    TILTH_CHECK(connection.Run(
        "WITH restored AS (SELECT FROM tilth.feed WHERE floor >="
        " pg_snapshot_xmax(pg_current_snapshot()) OR EXISTS (SELECT FROM tilth.change WHERE xid >="
        " pg_snapshot_xmax(pg_current_snapshot()))),"
        " emptied AS (DELETE FROM tilth.change WHERE EXISTS (SELECT FROM restored))"
        " UPDATE tilth.feed SET floor = pg_current_xact_id() WHERE EXISTS (SELECT FROM restored)"
    ));
    return {};
}

Status DropOrphans(Connection& connection) {
    TILTH_TRY(
        const Rows orphans,
        connection.Run("SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^g[0-9]+$'"
                       " AND to_regclass(nspname || '.checkpoint') IS NOT NULL"
                       " AND NOT EXISTS (SELECT FROM tilth.generation WHERE nspname = 'g' || id)")
    );
    for (size_t i = 0; i < orphans.size(); ++i) {
        TILTH_CHECK(DropGenerationTables(connection, std::string(orphans.Bytes(i, 0))));
    }
    return {};
}

}  // namespace

std::string SchemaOf(GenerationId generation) {
    return fmt::format("g{}", Raw(generation));
}

Status Migrate(Connection& connection, std::span<const Migration> migrations) {
    TILTH_TRY(const Version version, VersionIn(connection));
    TILTH_CHECK(CheckUsable(version, migrations.back().number, connection));
    if (version.number < migrations.back().number) TILTH_CHECK(RunMissing(connection, migrations));
    TILTH_CHECK(StartFeedAnewWhereRestored(connection));
    return DropOrphans(connection);
}

Status DropGenerationTables(Connection& connection, const std::string& schema) {
    while (true) {
        Scope scope(connection);
        TILTH_CHECK(scope.Begin());
        TILTH_TRY(
            const Rows partitions,
            connection.Run(
                "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid ="
                " c.relnamespace WHERE n.nspname = $1 AND c.relispartition AND c.relkind = 'r'"
                " LIMIT $2",
                Params().Add(std::string_view(schema)).Add(static_cast<int64_t>(kTablesAtOnce))
            )
        );
        if (partitions.size() < kTablesAtOnce) {
            TILTH_CHECK(connection.Execute(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", schema))
            );
            return scope.Commit();
        }
        for (size_t i = 0; i < partitions.size(); ++i) {
            TILTH_CHECK(connection.Execute(
                fmt::format("DROP TABLE {}.\"{}\"", schema, partitions.Bytes(i, 0))
            ));
        }
        TILTH_CHECK(scope.Commit());
    }
}

}  // namespace tilth::postgresql
