#include "backend/duckdb/query_threads.h"

namespace tilth::duckdb {

void QueryThreads::Change(Connection& connection, int by) {
    const std::scoped_lock lock(mutex_);
    const int before = asking_;
    asking_ += by;
    if (most_ == 1 || (before != 0 && asking_ != 0)) return;
    // If it fails the query is slower, or a commit is: nothing that is worth failing for.
    static_cast<void>(
        connection.Execute(fmt::format("SET GLOBAL threads = {}", asking_ == 0 ? 1 : most_))
    );
}

}  // namespace tilth::duckdb
