#include "backend/duckdb/reader_pool.h"

namespace tilth::duckdb {
namespace {

constexpr size_t kIdleConnections = 4;

}  // namespace

Result<std::unique_ptr<Connection>> ReaderPool::Take() {
    std::unique_ptr<Connection> connection;
    idle_.With([&](auto& idle) {
        if (idle.empty()) return;
        connection = std::move(idle.back());
        idle.pop_back();
    });
    if (connection) return connection;
    TILTH_TRY(Connection fresh, database_.Connect());
    return std::make_unique<Connection>(std::move(fresh));
}

void ReaderPool::Return(std::unique_ptr<Connection> connection) {
    idle_.With([&](auto& idle) {
        if (idle.size() < kIdleConnections) idle.push_back(std::move(connection));
    });
}

}  // namespace tilth::duckdb
