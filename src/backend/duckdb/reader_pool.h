// Connections for reading, lent one to a thread.
#pragma once

#include "backend/duckdb/engine.h"
#include "base/guarded.h"

#include <vector>

namespace tilth::duckdb {

/// Thread-safe.
class ReaderPool {
  public:
    explicit ReaderPool(Database& database) : database_(database) {}

    /// Runs f(connection) and returns what f returns (a Result).
    template <class F>
    auto With(F&& f) -> decltype(f(std::declval<Connection&>())) {
        TILTH_TRY(std::unique_ptr<Connection> connection, Take());
        auto result = f(*connection);
        // After an error its state is uncertain, and another costs less than finding out.
        if (result) Return(std::move(connection));
        return result;
    }

    /// Closes those that are not lent.
    void Clear() {
        idle_.With([](auto& idle) { idle.clear(); });
    }

  private:
    Result<std::unique_ptr<Connection>> Take();
    void Return(std::unique_ptr<Connection> connection);

    Database& database_;
    Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
};

}  // namespace tilth::duckdb
