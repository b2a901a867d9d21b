// What is written once a transaction, and the commit itself.
#include "backend/duckdb/transaction.h"
#include "backend/duckdb/value_appender.h"
#include "base/mutant.h"

#include <algorithm>

namespace tilth::duckdb {

Status Transaction::MoveCursors(std::span<const CursorMove> moves) {
    for (const CursorMove& move : moves) {
        if ((move.partitions & ~lease_.partitions).any()) {
            return Fail(Fault::kConflict, "{} moves cursors it holds no lease for", lease_.owner);
        }
        auto mine = cursors_.find(move.writer);
        if (mine == cursors_.end()) {
            const auto before = Before().cursors.find(move.writer);
            const Cursor start = before == Before().cursors.end() ? Cursor{} : before->second;
            mine = cursors_.emplace(move.writer, start).first;
        }
        for (size_t i = 0; i < mine->second.size(); ++i) {
            if (!move.partitions.test(i)) continue;
            if (mine->second[i] != move.expected) {
                return Fail(
                    Fault::kConflict,
                    "the cursor of partition {} in writer {} stands at {}, not at {}",
                    i,
                    Raw(move.writer),
                    mine->second[i],
                    move.expected
                );
            }
            mine->second[i] = move.next;
        }
    }
    return {};
}

Status Transaction::AddDirty(std::span<const DirtyRange> ranges) {
    const uint64_t version = core_.memory.token + 1;
    for (const DirtyRange& range : ranges) {
        DirtyRange wider = range;
        wider.version = version;
        const DirtyRange* before = nullptr;
        if (const auto mine = dirty_.find(range.datastream); mine != dirty_.end()) {
            before = mine->second ? &*mine->second : nullptr;
        } else if (const auto old = Before().dirty.find(range.datastream);
                   old != Before().dirty.end()) {
            before = &old->second;
        }
        if (before != nullptr) {
            wider.range.from = std::min(before->range.from, range.range.from);
            wider.range.to = std::max(before->range.to, range.range.to);
        }
        dirty_[range.datastream] = wider;
    }
    return {};
}

Status Transaction::RemoveDirty(std::span<const DirtyRange> ranges) {
    for (const DirtyRange& range : ranges) {
        if (dirty_.contains(range.datastream)) continue;  // widened here: its version is newer
        const auto old = Before().dirty.find(range.datastream);
        if (old == Before().dirty.end() || old->second.version != range.version) continue;
        dirty_[range.datastream] = std::nullopt;
    }
    return {};
}

Status Transaction::WriteSeriesNumbers() {
    if (new_series_.empty()) return {};
    TILTH_TRY(ValueAppender rows, ValueAppender::Open(connection_, "tilth", "series"));
    for (const auto& [datastream, number] : new_series_) rows.Row(number, Raw(datastream));
    return rows.Finish();
}

Status Transaction::WriteTails() {
    TailMoves begun;
    TailMoves moved;
    std::vector<int32_t> emptied;
    for (const auto& [datastream, tail] : tails_) {
        const int32_t series = *KnownNumberOf(datastream);
        const auto found = Before().series.find(datastream);
        const bool had_rows = found != Before().series.end() && !found->second.tail.empty();
        if (tail.empty()) {
            if (had_rows) emptied.push_back(series);
            continue;
        }
        const Time since = tail.front().row.time;
        if (!had_rows) {
            begun.Add(series, since);
        } else if (found->second.tail.front().row.time != since) {
            moved.Add(series, since);
        }
    }
    TILTH_CHECK(BeginTails(begun));
    TILTH_CHECK(MoveTails(moved));
    return RemoveTails(emptied);
}

Status Transaction::BeginTails(const TailMoves& begun) {
    if (begun.series.empty()) return {};
    TILTH_TRY(ValueAppender rows, ValueAppender::Open(connection_, tables_.schema, "tail"));
    for (size_t i = 0; i < begun.series.size(); ++i) rows.Row(begun.series[i], begun.since[i]);
    return rows.Finish();
}

Status Transaction::MoveTails(const TailMoves& moved) {
    if (moved.series.empty()) return {};
    TILTH_TRY(
        Statement * update,
        connection_.Cached(fmt::format(
            "UPDATE {}.tail SET since = m.t FROM (SELECT unnest($1::INTEGER[]) AS s,"
            " unnest($2::TIMESTAMP[]) AS t) AS m WHERE series = m.s",
            tables_.schema
        ))
    );
    update->BindList(0, std::span<const int32_t>(moved.series));
    update->BindList(1, std::span<const Time>(moved.since));
    TILTH_CHECK(update->Run());
    return {};
}

Status Transaction::RemoveTails(const std::vector<int32_t>& emptied) {
    if (emptied.empty()) return {};
    TILTH_TRY(
        Statement * remove,
        connection_.Cached(fmt::format(
            "DELETE FROM {}.tail WHERE series IN (SELECT unnest($1::INTEGER[]))", tables_.schema
        ))
    );
    remove->BindList(0, std::span<const int32_t>(emptied));
    TILTH_CHECK(remove->Run());
    return {};
}

Status Transaction::WriteCursors(Connection& connection) {
    for (const auto& [writer, cursor] : cursors_) {
        const bool is_new = !Before().cursors.contains(writer);
        TILTH_TRY(
            Statement * write,
            connection.Cached(fmt::format(
                fmt::runtime(
                    is_new ? "INSERT INTO {}.cursor (positions, writer) VALUES ($1, $2)"
                           : "UPDATE {}.cursor SET positions = $1 WHERE writer = $2"
                ),
                tables_.schema
            ))
        );
        const auto* bytes = reinterpret_cast<const char*>(cursor.data());
        write->BindBlob(0, {bytes, sizeof(Cursor)});
        write->Bind(1, Raw(writer));
        TILTH_CHECK(write->Run());
    }
    return {};
}

Status Transaction::WriteDirty() {
    for (const auto& [datastream, range] : dirty_) {
        if (Before().dirty.contains(datastream)) {
            TILTH_TRY(
                Statement * remove,
                connection_.Cached(
                    fmt::format("DELETE FROM {}.dirty WHERE datastream = $1", tables_.schema)
                )
            );
            remove->Bind(0, Raw(datastream));
            TILTH_CHECK(remove->Run());
        }
        if (!range) continue;
        TILTH_TRY(
            Statement * insert,
            connection_.Cached(
                fmt::format("INSERT INTO {}.dirty VALUES ($1, $2, $3, $4, $5)", tables_.schema)
            )
        );
        insert->Bind(0, Raw(datastream));
        insert->Bind(1, range->range.from);
        insert->Bind(2, range->range.to);
        insert->Bind(3, range->version);
        insert->Bind(4, int32_t{Raw(range->partition)});
        TILTH_CHECK(insert->Run());
    }
    return {};
}

Status Transaction::WriteSmallTables(uint64_t token) {
    TILTH_CHECK(WriteSeriesNumbers());
    TILTH_CHECK(WriteTails());
    if (IsMutant("cursor-outside-transaction")) {
        TILTH_TRY(Connection other, core_.database.Connect());
        TILTH_CHECK(WriteCursors(other));
        WidenForMutant();
    } else {
        TILTH_CHECK(WriteCursors(connection_));
    }
    TILTH_CHECK(WriteDirty());
    TILTH_TRY(Statement * count, connection_.Cached("UPDATE tilth.counter SET token = $1"));
    count->Bind(0, token);
    TILTH_CHECK(count->Run());
    return {};
}

void Transaction::Publish(uint64_t token) {
    std::vector<SeriesChanged> seen;
    {
        const std::scoped_lock lock(core_.memory_mutex);
        StoreMemory& memory = core_.memory;
        GenerationMemory& mine = memory.generations.at(generation_);
        for (const auto& [datastream, number] : new_series_)
            memory.series.emplace(datastream, number);
        for (auto& [datastream, tail] : tails_) mine.series[datastream].tail = std::move(tail);
        for (const auto& [datastream, range] : changed_) {
            mine.series[datastream].version = token;
            if (!range.Empty() && memory.active == generation_) seen.push_back({datastream, range});
        }
        for (const auto& [writer, cursor] : cursors_) mine.cursors[writer] = cursor;
        for (const auto& [datastream, range] : dirty_) {
            if (range) {
                mine.dirty[datastream] = *range;
            } else {
                mine.dirty.erase(datastream);
            }
        }
        mine.manual_flags += new_manual_flags_;
        memory.token = token;
    }
    core_.feed.Publish(ChangeToken{token}, std::move(seen));
}

Result<ChangeToken> Transaction::Commit() {
    if (!open_) return Fail(Fault::kConflict, "the transaction has ended");
    const uint64_t token = core_.memory.token + 1;
    const auto write = [&]() -> Status {
        TILTH_CHECK(tables_.Flush());
        TILTH_CHECK(WriteSmallTables(token));
        return core_.leases.WithGoodLease(lease_, [&] { return core_.Commit(); });
    };
    if (auto written = write(); !written) return std::unexpected(std::move(written.error()));
    open_ = false;
    Publish(token);
    // What was committed stands, whether or not the space of old rows could be given back.
    if (core_.may_checkpoint && !tables_.CompactIfWorth(connection_)) core_.Suspect();
    lock_.unlock();
    return ChangeToken{token};
}

}  // namespace tilth::duckdb
