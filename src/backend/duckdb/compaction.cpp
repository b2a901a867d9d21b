#include "backend/duckdb/compaction.h"

namespace tilth::duckdb {
namespace {

constexpr uint64_t kRowGroup = 122'880;

/// What is written anew: an eighth of the row groups at most, the sparsest first, so that the space
/// needed meanwhile is small.
struct Sparse {
    std::string condition;  ///< For their rows; empty: there are none.
    uint64_t dead = 0;      ///< Deleted rows in them.
};

Result<Sparse> SparseGroups(Connection& connection, const std::string& table) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT g, dead FROM (SELECT (rowid // {0})::BIGINT AS g,"
            " least({0}, max(rowid) + 1 - g * {0}) - count(*) AS dead"
            " FROM {1} GROUP BY g) WHERE dead > {0} / 10"
            " ORDER BY dead DESC LIMIT (SELECT 1 + count(*) // (8 * {0}) FROM {1})",
            kRowGroup,
            table
        ))
    );
    Sparse sparse;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return sparse;
        for (size_t i = 0; i < rows.size(); ++i) {
            const int64_t from = rows.Column<int64_t>(0)[i] * static_cast<int64_t>(kRowGroup);
            const int64_t to = from + static_cast<int64_t>(kRowGroup);
            sparse.condition += sparse.condition.empty() ? "" : " OR ";
            sparse.condition += fmt::format("(rowid >= {} AND rowid < {})", from, to);
            sparse.dead += static_cast<uint64_t>(rows.Column<int64_t>(1)[i]);
        }
    }
}

/// In one transaction: a checkpoint in between could number the rows anew.
Status Rewrite(Connection& connection, const std::string& table, const std::string& condition) {
    TILTH_CHECK(connection.Execute("BEGIN"));
    // In the order of an import, which packs best: times and sequences then rise evenly. Rows
    // appended by this transaction have row ids beyond all others until it commits.
    Status done = connection.Execute(fmt::format(
        "INSERT INTO {0} SELECT * FROM {0} WHERE {1} ORDER BY series, time", table, condition
    ));
    if (done) done = connection.Execute(fmt::format("DELETE FROM {} WHERE {}", table, condition));
    if (done) done = connection.Execute("COMMIT");
    if (!done) static_cast<void>(connection.Execute("ROLLBACK"));
    return done;
}

}  // namespace

bool WorthLooking(uint64_t dead) {
    return dead > 2 * kRowGroup;
}

bool WorthCompaction(uint64_t dead, uint64_t live) {
    return WorthLooking(dead) && dead > live / 4;
}

Result<uint64_t> CountRows(Connection& connection, const std::string& table) {
    TILTH_TRY(Rows rows, connection.Query(fmt::format("SELECT count(*) FROM {}", table)));
    TILTH_CHECK(rows.Next());
    return static_cast<uint64_t>(rows.Column<int64_t>(0)[0]);
}

Result<uint64_t> Compact(Connection& connection, const std::string& table) {
    TILTH_TRY(const Sparse sparse, SparseGroups(connection, table));
    if (sparse.dead == 0) return 0;
    TILTH_CHECK(Rewrite(connection, table, sparse.condition));
    TILTH_CHECK(connection.Execute("CHECKPOINT"));
    return sparse.dead;
}

}  // namespace tilth::duckdb
