// SQLite's C interface as values that close themselves and errors that say what to do.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tilth::sqlite {

/// A prepared statement. Belongs to one connection and is used by one thread at a time.
class Statement {
  public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* statement) : handle_(statement) {}

    /// Columns and parameters count from 0. Bound and read bytes are borrowed: parameters until the
    /// next Step has returned, columns until the next Step or Reset.
    void Bind(int parameter, int64_t value);
    void Bind(int parameter, std::string_view bytes);
    int64_t Int(int column) const;
    std::string_view Bytes(int column) const;

    /// True: a row is there. False: there is none.
    Result<bool> Step();
    /// Makes the statement ready to run again and ends what it reads.
    void Reset();

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// Resets a statement when the scope ends, so that no read transaction stays open.
class ResetAtEnd {
  public:
    explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
    ~ResetAtEnd() { statement_.Reset(); }
    ResetAtEnd(const ResetAtEnd&) = delete;
    ResetAtEnd& operator=(const ResetAtEnd&) = delete;

  private:
    Statement& statement_;
};

enum class Access { kReadWrite, kReadOnly };

/// One connection to a database file; used by one thread at a time.
class Connection {
  public:
    /// kReadWrite creates the file. kUnavailable: the folder or the disk refuses; kCorrupt: the
    /// file is no database.
    static Result<Connection> Open(const std::string& path, Access access);

    /// Runs statements that return no rows of interest, separated by semicolons.
    Status Execute(const char* sql);
    Result<Statement> Prepare(std::string_view sql);
    /// First column of the first row of a query; kNotFound when it has no row.
    Result<int64_t> QueryInt(std::string_view sql);
    /// Rows that the last INSERT, UPDATE or DELETE changed.
    int64_t ChangedRows() const;
    /// False while a transaction is open.
    bool InAutocommit() const;

  private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace tilth::sqlite
