#include "backend/sqlite/stream_schema.h"

#include "base/mutant.h"

#include <random>

namespace tilth::sqlite {
namespace {

constexpr int64_t kApplicationId = 0x54696c74;  // "Tilt", as `file` shows it
/// 1: all records are here. 2: some may be in archive files (RaiseSchemaForArchive).
constexpr int64_t kSchemaVersion = 2;
constexpr int64_t kSchemaWithoutArchive = 1;

// place: writer and sequence (PlaceOf). delivery: QoS + 4 if retained. Bytes are BLOBs, because
// nothing says that a topic or a payload is text. payload is last: the others are read without it.
constexpr const char* kTables = R"sql(
CREATE TABLE lab (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE writer (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    records INTEGER NOT NULL DEFAULT 0,
    payload_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE record (
    place INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    id BLOB NOT NULL,
    topic BLOB NOT NULL,
    device BLOB NOT NULL,
    note BLOB NOT NULL,
    payload BLOB NOT NULL
);
CREATE UNIQUE INDEX record_id ON record (id);
CREATE INDEX record_kind ON record (kind) WHERE kind <> 1;
)sql";

// In a file of any version; empty while its version is 1.
constexpr const char* kArchiveTable = R"sql(
CREATE TABLE IF NOT EXISTS archive (
    file TEXT PRIMARY KEY,
    writer INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state INTEGER NOT NULL,
    digest TEXT NOT NULL,
    file_bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    payload_bytes INTEGER NOT NULL,
    kinds INTEGER NOT NULL,
    received_first INTEGER NOT NULL,
    received_last INTEGER NOT NULL,
    lowest_id BLOB NOT NULL,
    highest_id BLOB NOT NULL,
    archived_at INTEGER NOT NULL,
    UNIQUE (writer, first)
);
)sql";

std::string NewLabId() {
    std::random_device source;
    std::string id;
    for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", source());
    return id;
}

Status CreateTables(Connection& connection, const std::string& lab_id) {
    TILTH_CHECK(connection.Execute("BEGIN IMMEDIATE"));
    TILTH_CHECK(connection.Execute(kTables));
    const std::string identity = fmt::format(
        "INSERT INTO lab VALUES ('id', '{}'); PRAGMA application_id = {}; PRAGMA user_version = "
        "{};",
        lab_id.empty() ? NewLabId() : lab_id,
        kApplicationId,
        kSchemaWithoutArchive
    );
    TILTH_CHECK(connection.Execute(identity.c_str()));
    return connection.Execute("COMMIT");
}

}  // namespace

Status ConfigureWriter(Connection& connection) {
    // A checkpoint syncs the database file; 16 MB of WAL between two of them keeps that rare.
    TILTH_CHECK(connection.Execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
        "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;"
    ));
    if (IsMutant("synchronous-off")) return connection.Execute("PRAGMA synchronous = OFF");
    return {};
}

Status CreateOrCheckSchema(
    Connection& connection, const std::string& path, const std::string& lab_id
) {
    TILTH_TRY(const int64_t application, connection.QueryInt("PRAGMA application_id"));
    TILTH_TRY(const int64_t version, connection.QueryInt("PRAGMA user_version"));
    TILTH_TRY(const int64_t tables, connection.QueryInt("SELECT count(*) FROM sqlite_schema"));
    if (application == 0 && version == 0 && tables == 0) {
        TILTH_CHECK(CreateTables(connection, lab_id));
        return connection.Execute(kArchiveTable);
    }
    if (application != kApplicationId) {
        return Fail(Fault::kCorrupt, "{}: this SQLite file is not a stream store of Tilth", path);
    }
    if (version > kSchemaVersion) {
        return Fail(
            Fault::kRefused,
            "{}: the file has format {}, this program knows formats up to {}; use a newer Tilth",
            path,
            version,
            kSchemaVersion
        );
    }
    return connection.Execute(kArchiveTable);
}

Status RaiseSchemaForArchive(Connection& connection) {
    return connection.Execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion).c_str());
}

}  // namespace tilth::sqlite
