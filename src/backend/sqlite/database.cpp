#include "backend/sqlite/database.h"

#include <sqlite3.h>

namespace tilth::sqlite {
namespace {

Fault FaultOf(int code) {
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Fault::kCorrupt;
        case SQLITE_TOOBIG:
        case SQLITE_MISMATCH:
            return Fault::kBadInput;
        default:
            return Fault::kUnavailable;
    }
}

const char* AdviceFor(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return "; free some space on that disk";
        case SQLITE_IOERR:
            return "; look at the disk and its free space";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return "; look at the folder and who may write to it";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "; another program holds the file";
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return "; restore the file from a backup";
        default:
            return "";
    }
}

std::unexpected<Error> FailWith(sqlite3* database) {
    const int code = sqlite3_extended_errcode(database);
    const char* path = sqlite3_db_filename(database, "main");
    return Fail(
        FaultOf(code),
        "{}: SQLite says \"{}\" ({}){}",
        path == nullptr ? "" : path,
        sqlite3_errmsg(database),
        code,
        AdviceFor(code)
    );
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::Bind(int parameter, int64_t value) {
    sqlite3_bind_int64(handle_.get(), parameter + 1, value);
}

void Statement::Bind(int parameter, std::string_view bytes) {
    // A null pointer would bind NULL; an empty value is not an absent one.
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(handle_.get(), parameter + 1, data, bytes.size(), SQLITE_STATIC);
}

int64_t Statement::Int(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::Bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    return {data, static_cast<size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Result<bool> Statement::Step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return FailWith(sqlite3_db_handle(handle_.get()));
}

void Statement::Reset() {
    sqlite3_reset(handle_.get());
}

void Connection::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Result<Connection> Connection::Open(const std::string& path, Access access) {
    // A connection is used by one thread at a time, so SQLite's own mutexes are not needed.
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (access == Access::kReadOnly ? SQLITE_OPEN_READONLY
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Connection connection;
    connection.handle_.reset(raw);
    if (code != SQLITE_OK) {
        return Fail(
            FaultOf(code),
            "{}: the database cannot be opened: {}{}",
            path,
            sqlite3_errstr(code),
            AdviceFor(code)
        );
    }
    sqlite3_busy_timeout(raw, 5'000);
    return connection;
}

Status Connection::Execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return FailWith(handle_.get());
    }
    return {};
}

Result<Statement> Connection::Prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int length = static_cast<int>(sql.size());
    const int code = sqlite3_prepare_v3(
        handle_.get(), sql.data(), length, SQLITE_PREPARE_PERSISTENT, &statement, nullptr
    );
    if (code != SQLITE_OK) return FailWith(handle_.get());
    return Statement(statement);
}

Result<int64_t> Connection::QueryInt(std::string_view sql) {
    TILTH_TRY(Statement statement, Prepare(sql));
    TILTH_TRY(const bool found, statement.Step());
    if (!found) return Fail(Fault::kNotFound, "no row for: {}", sql);
    return statement.Int(0);
}

int64_t Connection::ChangedRows() const {
    return sqlite3_changes64(handle_.get());
}

bool Connection::InAutocommit() const {
    return sqlite3_get_autocommit(handle_.get()) != 0;
}

}  // namespace tilth::sqlite
