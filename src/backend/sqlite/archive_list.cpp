#include "backend/sqlite/archive_list.h"

#include "backend/sqlite/stream_schema.h"
#include "backend/sqlite/transaction.h"

namespace tilth::sqlite {
namespace {

/// Few enough that who wants to write meanwhile hardly waits.
constexpr int kRemovedAtOnce = 2'000;

constexpr const char* kColumns =
    "file, writer, first, last, state, digest, file_bytes, records, payload_bytes, kinds, "
    "received_first, received_last, lowest_id, highest_id, archived_at";

void Bind(Statement& insert, const ArchivedRange& range) {
    insert.Bind(0, range.file);
    insert.Bind(1, Raw(range.writer));
    insert.Bind(2, static_cast<int64_t>(range.first));
    insert.Bind(3, static_cast<int64_t>(range.last));
    insert.Bind(4, static_cast<int64_t>(range.state));
    insert.Bind(5, range.digest);
    insert.Bind(6, static_cast<int64_t>(range.file_bytes));
    insert.Bind(7, static_cast<int64_t>(range.records));
    insert.Bind(8, static_cast<int64_t>(range.payload_bytes));
    insert.Bind(9, int64_t{range.kinds});
    insert.Bind(10, ToMicros(range.received_first));
    insert.Bind(11, ToMicros(range.received_last));
    insert.Bind(12, range.lowest_id);
    insert.Bind(13, range.highest_id);
    insert.Bind(14, ToMicros(range.archived_at));
}

ArchivedRange RangeOf(const Statement& row) {
    ArchivedRange range;
    range.file = row.Bytes(0);
    range.writer = WriterId{row.Int(1)};
    range.first = static_cast<Sequence>(row.Int(2));
    range.last = static_cast<Sequence>(row.Int(3));
    range.state = ArchiveState{static_cast<uint8_t>(row.Int(4))};
    range.digest = row.Bytes(5);
    range.file_bytes = static_cast<uint64_t>(row.Int(6));
    range.records = static_cast<uint64_t>(row.Int(7));
    range.payload_bytes = static_cast<uint64_t>(row.Int(8));
    range.kinds = static_cast<uint32_t>(row.Int(9));
    range.received_first = FromMicros(row.Int(10));
    range.received_last = FromMicros(row.Int(11));
    range.lowest_id = row.Bytes(12);
    range.highest_id = row.Bytes(13);
    range.archived_at = FromMicros(row.Int(14));
    return range;
}

}  // namespace

Result<std::vector<ArchivedRange>> ReadArchived(Connection& connection) {
    TILTH_TRY(
        Statement select,
        connection.Prepare(fmt::format("SELECT {} FROM archive ORDER BY writer, first", kColumns))
    );
    std::vector<ArchivedRange> ranges;
    while (true) {
        TILTH_TRY(const bool row, select.Step());
        if (!row) return ranges;
        ranges.push_back(RangeOf(select));
    }
}

Result<ArchivedRange> FindArchived(Connection& connection, const std::string& file) {
    TILTH_TRY(
        Statement select,
        connection.Prepare(fmt::format("SELECT {} FROM archive WHERE file = ?1", kColumns))
    );
    select.Bind(0, file);
    TILTH_TRY(const bool row, select.Step());
    if (!row) return Fail(Fault::kNotFound, "no archive file is called {}", file);
    return RangeOf(select);
}

Status AddArchived(Connection& connection, const ArchivedRange& range) {
    Transaction transaction(connection);
    TILTH_CHECK(transaction.Begin());
    TILTH_TRY(
        const int64_t end,
        connection.QueryInt(fmt::format(
            "SELECT coalesce(max(last), 0) FROM archive WHERE writer = {}", Raw(range.writer)
        ))
    );
    if (static_cast<Sequence>(end) >= range.first) {
        return Fail(
            Fault::kConflict,
            "the records of writer {} up to {} are archived already",
            Raw(range.writer),
            end
        );
    }
    TILTH_TRY(
        Statement insert,
        connection.Prepare(fmt::format(
            "INSERT INTO archive ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
            " ?13, ?14, ?15)",
            kColumns
        ))
    );
    Bind(insert, range);
    TILTH_CHECK(insert.Step());
    TILTH_CHECK(RaiseSchemaForArchive(connection));
    insert.Reset();
    return transaction.Commit();
}

Status SetArchiveState(Connection& connection, const std::string& file, ArchiveState state) {
    TILTH_TRY(
        Statement update, connection.Prepare("UPDATE archive SET state = ?2 WHERE file = ?1")
    );
    update.Bind(0, file);
    update.Bind(1, static_cast<int64_t>(state));
    TILTH_CHECK(update.Step());
    return {};
}

Result<bool> RemoveSomeRecords(Connection& connection, const ArchivedRange& range) {
    TILTH_TRY(
        Statement remove,
        connection.Prepare(fmt::format(
            "DELETE FROM record WHERE place IN (SELECT place FROM record"
            " WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT {})",
            kRemovedAtOnce
        ))
    );
    remove.Bind(0, PlaceOf(range.writer, range.first));
    remove.Bind(1, PlaceOf(range.writer, range.last));
    TILTH_CHECK(remove.Step());
    return connection.ChangedRows() > 0;
}

}  // namespace tilth::sqlite
