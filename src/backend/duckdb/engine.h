// DuckDB's C interface as values that close themselves and errors that say what to do.
//
// Parameters and columns count from 0. A connection, and what was prepared on it, is used by one
// thread at a time; Interrupt alone may come from another.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tilth::duckdb {

/// A result, chunk by chunk (at most 2,048 rows each). Columns are read as DuckDB keeps them:
/// arrays.
class Rows {
  public:
    explicit Rows(duckdb_result result) : result_(std::make_unique<duckdb_result>(result)) {}
    ~Rows();
    Rows(Rows&&) = default;
    Rows& operator=(Rows&& other) noexcept;

    /// True: the next chunk is there and replaces the one before. False: there is none.
    Result<bool> Next();
    size_t size() const { return size_; }
    size_t columns() const;
    std::string Name(size_t column) const;
    /// Owned by the caller.
    duckdb_logical_type Type(size_t column) const;
    /// The column of the current chunk itself.
    duckdb_vector Vector(size_t column) const;

    /// The column's values; T has the width of its type. Null cells hold anything.
    template <class T>
    std::span<const T> Column(size_t column) const {
        return {static_cast<const T*>(Data(column)), size_};
    }
    bool IsNull(size_t column, size_t row) const;
    /// A cell of a LIST column whose elements are T.
    template <class T>
    std::span<const T> List(size_t column, size_t row) const {
        const duckdb_list_entry cell = Column<duckdb_list_entry>(column)[row];
        const auto* elements = static_cast<const T*>(ListData(column));
        return {elements + cell.offset, static_cast<size_t>(cell.length)};
    }
    /// A cell of a VARCHAR or BLOB column.
    std::string_view Bytes(size_t column, size_t row) const;
    /// How many rows an INSERT, UPDATE or DELETE changed.
    uint64_t Changed();

  private:
    const void* Data(size_t column) const;
    const void* ListData(size_t column) const;

    std::unique_ptr<duckdb_result> result_;
    struct DestroyChunk {
        void operator()(duckdb_data_chunk chunk) const;
    };
    std::unique_ptr<std::remove_pointer_t<duckdb_data_chunk>, DestroyChunk> chunk_;
    size_t size_ = 0;
};

/// A prepared statement.
class Statement {
  public:
    explicit Statement(duckdb_prepared_statement handle) : handle_(handle) {}

    void Bind(size_t parameter, int32_t value);
    void Bind(size_t parameter, int64_t value);
    void Bind(size_t parameter, uint64_t value);
    void Bind(size_t parameter, Time value);
    void Bind(size_t parameter, std::string_view text);
    void BindBlob(size_t parameter, std::string_view bytes);
    void BindList(size_t parameter, std::span<const int32_t> values);
    void BindList(size_t parameter, std::span<const Time> values);
    void BindList(size_t parameter, std::span<const std::string_view> values);

    /// Runs it; the whole result is in memory.
    Result<Rows> Run();
    /// Runs it; chunks are made as they are asked for, and the connection is busy until Rows is
    /// gone.
    Result<Rows> Stream();

    duckdb_prepared_statement handle() const { return handle_.get(); }

  private:
    struct Destroy {
        void operator()(duckdb_prepared_statement handle) const;
    };
    std::unique_ptr<std::remove_pointer_t<duckdb_prepared_statement>, Destroy> handle_;
};

class Connection {
  public:
    explicit Connection(duckdb_connection handle) : handle_(handle) {}

    /// Runs one or more statements and drops their results.
    Status Execute(const std::string& sql);
    Result<Rows> Query(const std::string& sql);
    Result<Statement> Prepare(const std::string& sql);
    /// Prepared at the first use and kept; valid until ForgetStatements.
    Result<Statement*> Cached(const std::string& sql);
    void ForgetStatements() { statements_.clear(); }
    /// Ends what the connection runs with an error; may be called from any thread.
    void Interrupt();

    duckdb_connection handle() const { return handle_.get(); }

  private:
    struct Disconnect {
        void operator()(duckdb_connection handle) const;
    };
    std::unique_ptr<std::remove_pointer_t<duckdb_connection>, Disconnect> handle_;
    std::unordered_map<std::string, Statement> statements_;
};

struct Setting {
    const char* name;
    std::string value;
};

class Database {
  public:
    /// Opens or creates the file; an empty path is a database in memory.
    static Result<Database> Open(const std::string& path, std::span<const Setting> settings);
    Result<Connection> Connect();

  private:
    struct Close {
        void operator()(duckdb_database handle) const;
    };
    std::unique_ptr<std::remove_pointer_t<duckdb_database>, Close> handle_;
};

/// A fault and a message from an error of DuckDB.
std::unexpected<Error> EngineError(const char* message, duckdb_error_type type);

}  // namespace tilth::duckdb
