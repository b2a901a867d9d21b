// A transaction that ends with its scope.
#pragma once

#include "backend/sqlite/database.h"

namespace tilth::sqlite {

/// Rolls back unless it was committed.
class Transaction {
  public:
    explicit Transaction(Connection& connection) : connection_(connection) {}
    ~Transaction() {
        if (!connection_.InAutocommit()) static_cast<void>(connection_.Execute("ROLLBACK"));
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    Status Begin() { return connection_.Execute("BEGIN IMMEDIATE"); }
    Status Commit() { return connection_.Execute("COMMIT"); }

  private:
    Connection& connection_;
};

}  // namespace tilth::sqlite
