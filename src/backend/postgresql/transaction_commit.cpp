// Cursors, dirty ranges, and the commit itself.
#include "backend/postgresql/change_feed.h"
#include "backend/postgresql/leases.h"
#include "backend/postgresql/transaction.h"
#include "base/mutant.h"

#include <algorithm>

namespace tilth::postgresql {

// ---------------------------------------------------------------- cursors

/// Locks the rows of the writers that are not known yet, and makes them where there are none.
Status Transaction::ReadCursors(std::span<const CursorMove> moves) {
    std::vector<int64_t> writers;
    for (const CursorMove& move : moves) {
        if (!cursors_.contains(move.writer)) writers.push_back(Raw(move.writer));
    }
    if (writers.empty()) return {};
    const Params params = Params().Add(std::span<const int64_t>(writers));
    connection_.Queue(
        fmt::format(
            "INSERT INTO {}.cursor (writer, positions) SELECT DISTINCT w, array_fill(0::bigint,"
            " ARRAY[{}]) FROM unnest($1::bigint[]) AS w WHERE NOT EXISTS (SELECT FROM {}.cursor"
            " WHERE writer = w) ORDER BY w ON CONFLICT (writer) DO NOTHING",
            schema_,
            kPartitions,
            schema_
        ),
        params
    );
    connection_.Queue(
        fmt::format(
            "SELECT writer, positions FROM {}.cursor WHERE writer = ANY($1) ORDER BY writer"
            " FOR NO KEY UPDATE",
            schema_
        ),
        params
    );
    TILTH_TRY(const std::vector<Rows> answers, connection_.Send());
    const Rows& rows = answers[1];
    for (size_t i = 0; i < rows.size(); ++i) {
        const std::vector<int64_t> positions = rows.Array(i, 1);
        if (positions.size() != static_cast<size_t>(kPartitions)) {
            return Fail(Fault::kCorrupt, "{} has a cursor of {} places", schema_, positions.size());
        }
        Cursor& cursor = cursors_[WriterId{rows.Get<int64_t>(i, 0)}];
        std::ranges::transform(positions, cursor.begin(), [](int64_t position) {
            return static_cast<Sequence>(position);
        });
    }
    return {};
}

Status Transaction::MoveCursors(std::span<const CursorMove> moves) {
    for (const CursorMove& move : moves) {
        if ((move.partitions & ~lease_.partitions).none()) continue;
        return Fail(Fault::kConflict, "{} moves cursors it holds no lease for", lease_.owner);
    }
    // Other processors move the same writers' cursors: their rows are held as briefly as can be.
    TILTH_CHECK(Flush());
    TILTH_CHECK(ReadCursors(moves));
    for (const CursorMove& move : moves) {
        Cursor& cursor = cursors_.at(move.writer);
        for (size_t i = 0; i < cursor.size(); ++i) {
            if (!move.partitions.test(i)) continue;
            if (cursor[i] != move.expected) {
                return Fail(
                    Fault::kConflict,
                    "the cursor of partition {} in writer {} stands at {}, not at {}",
                    i,
                    Raw(move.writer),
                    cursor[i],
                    move.expected
                );
            }
            cursor[i] = move.next;
        }
    }
    return {};
}

void Transaction::QueueCursors() {
    for (const auto& [writer, cursor] : cursors_) {
        std::vector<int64_t> positions(cursor.begin(), cursor.end());
        connection_.Queue(
            fmt::format("UPDATE {}.cursor SET positions = $1 WHERE writer = $2", schema_),
            Params().Add(std::span<const int64_t>(positions)).Add(Raw(writer))
        );
    }
}

// ---------------------------------------------------------------- dirty ranges

Status Transaction::AddDirty(std::span<const DirtyRange> ranges) {
    std::map<DatastreamId, DirtyRange> hulls;
    for (const DirtyRange& range : ranges) {
        DirtyRange& hull = hulls.try_emplace(range.datastream, range).first->second;
        hull.range.from = std::min(hull.range.from, range.range.from);
        hull.range.to = std::max(hull.range.to, range.range.to);
        hull.partition = range.partition;
    }
    for (const auto& [datastream, hull] : hulls) {
        connection_.Queue(
            fmt::format(
                "INSERT INTO {}.dirty AS d (datastream, from_time, to_time, version, partition)"
                " VALUES ($1, $2, $3, nextval('tilth.dirty_version'), $4)"
                " ON CONFLICT (datastream) DO UPDATE SET from_time = least(d.from_time,"
                " excluded.from_time), to_time = greatest(d.to_time, excluded.to_time),"
                " version = excluded.version, partition = excluded.partition",
                schema_
            ),
            Params()
                .Add(Raw(datastream))
                .Add(hull.range.from)
                .Add(hull.range.to)
                .Add(int32_t{Raw(hull.partition)})
        );
    }
    if (hulls.empty()) return {};
    TILTH_CHECK(connection_.Send());
    return {};
}

Status Transaction::RemoveDirty(std::span<const DirtyRange> ranges) {
    if (ranges.empty()) return {};
    std::vector<int64_t> datastreams;
    std::vector<int64_t> versions;
    for (const DirtyRange& range : ranges) {
        datastreams.push_back(Raw(range.datastream));
        versions.push_back(static_cast<int64_t>(range.version));
    }
    TILTH_CHECK(connection_.Cached(
        fmt::format(
            "DELETE FROM {}.dirty AS d USING unnest($1::bigint[], $2::bigint[]) AS r (d, v)"
            " WHERE d.datastream = r.d AND d.version = r.v",
            schema_
        ),
        Params().Add(std::span<const int64_t>(datastreams)).Add(std::span<const int64_t>(versions))
    ));
    return {};
}

// ---------------------------------------------------------------- the commit

Status Transaction::Flush() {
    TILTH_CHECK(observation_.Flush());
    TILTH_CHECK(hourly_.Flush());
    TILTH_CHECK(daily_.Flush());
    return checkpoint_.Flush();
}

/// The rows are found by their places, which spares the server an index search for each: they are
/// locked, so nobody moved them since, and they are written here only.
void Transaction::QueueSeries() {
    std::vector<Place> place;
    std::vector<int64_t> gained;
    std::vector<Time> since;
    std::vector<Time> hour;
    std::vector<Time> day;
    for (const auto& [datastream, series] : series_) {
        if (!series.changed) continue;
        const auto rows = observation_.gained().find(series.number);
        place.push_back(series.place);
        gained.push_back(rows == observation_.gained().end() ? 0 : rows->second);
        since.push_back(series.tail->empty() ? Time::max() : series.tail->front().row.time);
        hour.push_back(series.newest_hour);
        day.push_back(series.newest_day);
    }
    if (place.empty()) return;
    connection_.Queue(
        fmt::format(
            "UPDATE {}.series AS s SET version = s.version + 1, rows = s.rows + c.gained,"
            " since = c.since, newest_hour = c.hour, newest_day = c.day FROM unnest($1::tid[],"
            " $2::bigint[], $3::timestamp[], $4::timestamp[], $5::timestamp[])"
            " AS c (place, gained, since, hour, day) WHERE s.ctid = c.place",
            schema_
        ),
        Params()
            .Add(std::span<const Place>(place))
            .Add(std::span<const int64_t>(gained))
            .Add(std::span<const Time>(since))
            .Add(std::span<const Time>(hour))
            .Add(std::span<const Time>(day))
    );
}

/// Rows of generations that are being built are in the feed too, where nobody looks for them: it
/// may be active by the time of the commit.
void Transaction::QueueChange() {
    std::vector<SeriesChanged> seen;
    for (const auto& [datastream, series] : series_) {
        if (!series.seen.Empty()) seen.push_back({datastream, series.seen});
    }
    QueueFeedRow(connection_, generation_, seen);
}

void Transaction::RememberTails() {
    for (const auto& [datastream, series] : series_) {
        const uint64_t version = series.version + (series.changed ? 1 : 0);
        core_.tails.Remember(generation_, datastream, version, series.tail);
    }
}

Result<ChangeToken> Transaction::Commit() {
    if (!open_) return Fail(Fault::kConflict, "the transaction has ended");
    TILTH_CHECK(Flush());
    QueueSeries();
    if (!IsMutant("cursor-outside-transaction")) QueueCursors();
    QueueChange();
    if (lease_.partitions.any() && !IsMutant("no-fencing"))
        connection_.Queue(kCheckLease, CheckLeaseParams(core_, lease_, true));
    connection_.Queue("SELECT pg_current_xact_id()");
    connection_.Queue("COMMIT");
    TILTH_TRY(const std::vector<Rows> answers, connection_.Send());
    open_ = false;
    const Rows& committed = answers.back();
    if (committed.Tag() != "COMMIT") {
        return Fail(Fault::kUnavailable, "the database rolled the transaction back");
    }
    if (IsMutant("cursor-outside-transaction")) {
        WidenForMutant();
        QueueCursors();
        TILTH_CHECK(connection_.Send());
    }
    RememberTails();
    const Rows& token = answers[answers.size() - 2];
    PruneFeedNowAndThen(core_);
    return ChangeToken{static_cast<uint64_t>(token.Get<int64_t>(0, 0))};
}

}  // namespace tilth::postgresql
