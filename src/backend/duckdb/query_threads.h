// How many threads DuckDB works with: one, except while a large query runs.
//
// A commit is many small statements; handing their pieces between threads costs more than it gains
// (measured: a third of the CPU of a commit). The number is DuckDB's, for all connections.
#pragma once

#include "backend/duckdb/engine.h"

#include <mutex>

namespace tilth::duckdb {

/// Thread-safe.
class QueryThreads {
  public:
    explicit QueryThreads(int most) : most_(most) {}

    /// Lets DuckDB use all threads until the last of those who asked for it is gone.
    class Raised {
      public:
        Raised(QueryThreads& threads, Connection& connection)
            : threads_(threads), connection_(connection) {
            threads_.Change(connection_, +1);
        }
        ~Raised() { threads_.Change(connection_, -1); }
        Raised(const Raised&) = delete;
        Raised& operator=(const Raised&) = delete;

      private:
        QueryThreads& threads_;
        Connection& connection_;
    };

  private:
    void Change(Connection& connection, int by);

    int most_;
    std::mutex mutex_;
    int asking_ = 0;
};

}  // namespace tilth::duckdb
