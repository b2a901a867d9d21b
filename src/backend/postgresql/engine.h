// libpq as values that close themselves and errors that say what to do.
//
// Everything goes in binary. Parameters and columns count from 0. A connection is used by one
// thread at a time. No call waits for ever: a server that does not answer within the connection's
// patience is given up, and so is the connection.
#pragma once

#include "backend/postgresql/wire.h"
#include "base/result.h"

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tilth::postgresql {

class Params {
  public:
    Params& Add(bool value);
    Params& Add(int16_t value);
    Params& Add(int32_t value);
    Params& Add(int64_t value);
    Params& Add(double value);
    Params& Add(std::string_view text);
    Params& Add(Time time);
    Params& Add(std::optional<Time> time, TypeId type = TypeId::kTimestamp);
    Params& AddNumberOrNull(double value);  ///< NaN is null.
    Params& AddXid(uint64_t xid);
    Params& AddBits(std::string_view bytes);  ///< Eight bits a byte, the first one highest.
    Params& Add(std::span<const int32_t> numbers);
    Params& Add(std::span<const int64_t> numbers);
    Params& Add(std::span<const Time> times);
    Params& Add(std::span<const Place> places);

    size_t size() const { return types_.size(); }

  private:
    friend class Connection;
    Params& Put(TypeId type, std::string bytes);

    std::vector<Oid> types_;
    std::vector<std::optional<std::string>> values_;
};

/// The rows of a result. Requires of each getter: the column has that type and is not null.
class Rows {
  public:
    explicit Rows(PGresult* result) : result_(result) {}

    size_t size() const { return static_cast<size_t>(PQntuples(result_.get())); }
    size_t columns() const { return static_cast<size_t>(PQnfields(result_.get())); }
    bool IsNull(size_t row, size_t column) const {
        return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
    }
    template <class T>
    T Get(size_t row, size_t column) const {
        return TakeNumber<T>(Cell(row, column));
    }
    bool Bool(size_t row, size_t column) const { return *Cell(row, column) != 0; }
    double Double(size_t row, size_t column) const {
        return std::bit_cast<double>(Get<int64_t>(row, column));
    }
    /// NaN for null.
    double NumberOrNan(size_t row, size_t column) const;
    Time TimeAt(size_t row, size_t column) const { return FromWire(Get<int64_t>(row, column)); }
    Place PlaceAt(size_t row, size_t column) const;
    /// Text, bytes, or whatever else is in the cell.
    std::string_view Bytes(size_t row, size_t column) const;
    std::vector<int64_t> Array(size_t row, size_t column) const {
        return TakeArray(Bytes(row, column));
    }
    std::string_view ColumnName(size_t column) const {
        return PQfname(result_.get(), static_cast<int>(column));
    }
    /// "INSERT 0 3": what was done.
    std::string_view Tag() const { return PQcmdStatus(result_.get()); }
    const PGresult* handle() const { return result_.get(); }

  private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    const char* Cell(size_t row, size_t column) const {
        return PQgetvalue(result_.get(), static_cast<int>(row), static_cast<int>(column));
    }

    std::unique_ptr<PGresult, Clear> result_;
};

class Connection {
  public:
    /// `keywords` and `values` as for PQconnectdbParams (a URL in "dbname" counts), ended by null.
    /// `patience`: how long an answer may take.
    static Result<Connection> Open(
        const char* const* keywords, const char* const* values, Duration patience
    );

    /// One statement, planned for these parameters.
    Result<Rows> Run(const std::string& sql, const Params& params = {});
    /// One statement, prepared the first time.
    Result<Rows> Cached(const std::string& sql, const Params& params = {});
    /// Several statements without parameters.
    Status Execute(const std::string& sql);
    /// One statement without parameters, answered as text.
    Result<Rows> RunAsText(const std::string& sql);

    /// Statements that are sent together and answered together: one journey to the server.
    /// Each is prepared the first time. After a failure those behind it are not done.
    void Queue(const std::string& sql, const Params& params = {});
    /// The answers to all that was queued, in that order; the first error otherwise.
    Result<std::vector<Rows>> Send();

    /// COPY ... FROM STDIN with `data`. Returns the number of rows.
    Result<uint64_t> CopyIn(const std::string& sql, std::string_view data);

    /// No longer than this for an answer from now on.
    void SetPatience(Duration patience) { patience_ = patience; }
    Duration patience() const { return patience_; }
    /// The link is up, and no transaction is open.
    bool IsIdle() const;
    bool IsLinked() const { return handle_ && PQstatus(handle_.get()) == CONNECTION_OK; }
    /// "database lab on host db.example:5432": for messages.
    std::string Place() const;
    PGconn* handle() const { return handle_.get(); }

  private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    explicit Connection(PGconn* handle, Duration patience) : handle_(handle), patience_(patience) {}

    Error LastError() const;
    Error GiveUp(std::string_view what);
    Status WaitFor(bool to_write, std::chrono::steady_clock::time_point limit);
    Status Flush();
    Result<PGresult*> NextResult();
    /// The last result of the statement that was sent; errors become values.
    Result<Rows> Answer();
    /// The name of the statement, and whether it has to be prepared first.
    std::pair<const std::string&, bool> NameOf(const std::string& sql);
    Result<std::vector<Rows>> Collect(const std::vector<bool>& is_answer);

    std::unique_ptr<PGconn, Finish> handle_;
    Duration patience_;
    std::unordered_map<std::string, std::string> prepared_;
    uint64_t last_name_ = 0;
    struct Queued {
        std::string sql;
        Params params;
    };
    std::vector<Queued> queue_;
};

}  // namespace tilth::postgresql
