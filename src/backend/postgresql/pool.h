// Connections to one database, lent one at a time. A broken one is replaced; while the server stays
// away, attempts come ever less often, and who asks in between is told so at once.
#pragma once

#include "backend/postgresql/engine.h"
#include "backend/postgresql/processed_store.h"
#include "base/guarded.h"

#include <chrono>
#include <memory>
#include <vector>

namespace tilth::postgresql {

class Pool;

/// A connection on loan. Goes back when it is destroyed, unless it is broken or in a transaction.
class Loan {
  public:
    Loan(
        Pool& pool,
        std::unique_ptr<Connection> connection,
        bool is_fresh,
        telemetry::PoolMetrics* metrics
    )
        : use_(metrics), pool_(&pool), connection_(std::move(connection)), is_fresh_(is_fresh) {}
    ~Loan();
    Loan(Loan&& other) noexcept = default;
    Loan& operator=(Loan&&) = delete;

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    /// Opened for this loan: it cannot have been broken while it lay idle.
    bool is_fresh() const { return is_fresh_; }

  private:
    telemetry::PoolUse use_;
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    bool is_fresh_;
};

/// What connections can wait for: all of it is shorter than a lease.
struct Patience {
    explicit Patience(Duration lease)
        : statement(lease * 2 / 3), idle(lease / 3), lock(lease / 3), network(lease / 3) {}

    Duration statement;  ///< For a statement to be done.
    Duration idle;       ///< In a transaction, for the next statement: then the server ends it.
    Duration lock;       ///< For others' locks.
    Duration network;    ///< For the other side to confirm what was sent.
};

/// Thread-safe.
class Pool {
  public:
    explicit Pool(const ProcessedOptions& options)
        : url_(options.url),
          password_file_(options.password_file),
          patience_(options.lease),
          metrics_(options.metrics) {}

    /// An idle connection, or a new one. kUnavailable, kRefused: as Connection::Open.
    Result<Loan> Take();
    /// A new connection.
    Result<Loan> TakeFresh();
    /// A new connection that is the caller's for good.
    Result<std::unique_ptr<Connection>> Open();

    /// Runs f(connection) and returns what f returns (a Result). f is run a second time when an
    /// idle connection turns out to be broken, so it must only read, or be one transaction that
    /// was not committed.
    template <class F>
    auto With(F&& f) -> decltype(f(std::declval<Connection&>())) {
        {
            TILTH_TRY(const Loan loan, Take());
            auto result = f(*loan);
            if (result || loan->IsLinked() || loan.is_fresh()) return result;
        }
        TILTH_TRY(const Loan fresh, TakeFresh());
        return f(*fresh);
    }

    const Patience& patience() const { return patience_; }

  private:
    friend class Loan;
    using steady_clock = std::chrono::steady_clock;

    Result<std::unique_ptr<Connection>> Connect();
    Result<std::string> Password() const;
    Status CheckBackOff();
    void NoteFailure(const Error& error);
    void Return(std::unique_ptr<Connection> connection);

    struct BackOff {
        Duration pause{};
        steady_clock::time_point next{};
        Error last{Fault::kUnavailable, ""};
    };

    const std::string url_;
    const std::string password_file_;
    const Patience patience_;
    telemetry::PoolMetrics* const metrics_;
    Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
    Guarded<BackOff> back_off_;
};

}  // namespace tilth::postgresql
