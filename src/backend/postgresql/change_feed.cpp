#include "backend/postgresql/change_feed.h"

#include "base/mutant.h"

#include <algorithm>
#include <unordered_map>

namespace tilth::postgresql {
namespace {

constexpr uint64_t kCommitsBetweenPrunes = 256;
constexpr size_t kMostCommits = 4096;  ///< Looked at by one question.

// One row at least. floor, xmax, newest; then a commit or nulls, in order.
constexpr const char* kSelectChanges = R"sql(
SELECT f.floor, pg_snapshot_xmax(s.at), n.xid, c.xid, c.datastreams, c.from_times, c.to_times
FROM tilth.feed AS f
CROSS JOIN (SELECT pg_current_snapshot() AS at) AS s
LEFT JOIN LATERAL (SELECT xid FROM tilth.change WHERE xid < pg_snapshot_xmin(s.at)
    ORDER BY xid DESC LIMIT 1) AS n ON true
LEFT JOIN LATERAL (SELECT xid, datastreams, from_times, to_times FROM tilth.change
    WHERE xid > $1 AND xid < pg_snapshot_xmin(s.at)
    AND generation = (SELECT id FROM tilth.generation WHERE state = 2)
    ORDER BY xid LIMIT $2) AS c ON true
ORDER BY c.xid)sql";

ChangeToken TokenAt(const Rows& rows, size_t row, size_t column) {
    return ChangeToken{static_cast<uint64_t>(rows.Get<int64_t>(row, column))};
}

ChangeToken Newest(const Rows& rows) {
    const ChangeToken floor = TokenAt(rows, 0, 0);
    return rows.IsNull(0, 2) ? floor : std::max(floor, TokenAt(rows, 0, 2));
}

std::string SelectText() {
    std::string text = kSelectChanges;
    if (!IsMutant("feed-ahead-of-running-writers")) return text;
    constexpr std::string_view kBelow = "pg_snapshot_xmin(s.at)";
    for (size_t at = 0; (at = text.find(kBelow, at)) != std::string::npos;)
        text.replace(at, kBelow.size(), "pg_snapshot_xmax(s.at)");
    return text;
}

Result<Rows> Select(Connection& connection, ChangeToken token, size_t limit) {
    static const std::string kText = SelectText();
    TILTH_TRY(
        Rows rows,
        connection.Cached(kText, Params().AddXid(Raw(token)).Add(static_cast<int64_t>(limit)))
    );
    if (rows.size() == 0) return Fail(Fault::kCorrupt, "the change feed has lost its floor");
    return rows;
}

/// Gathers one range a series, the hull of its changes, in the order of their first appearance.
class Hulls {
  public:
    void Add(const Rows& rows, size_t row) {
        const std::vector<int64_t> datastreams = rows.Array(row, 4);
        const std::vector<int64_t> from = rows.Array(row, 5);
        const std::vector<int64_t> to = rows.Array(row, 6);
        for (size_t i = 0; i < datastreams.size(); ++i) {
            const TimeRange range{FromWire(from[i]), FromWire(to[i])};
            const auto [at, is_new] = place_.try_emplace(datastreams[i], series_.size());
            if (is_new) {
                series_.push_back({DatastreamId{datastreams[i]}, range});
                continue;
            }
            TimeRange& hull = series_[at->second].range;
            hull.from = std::min(hull.from, range.from);
            hull.to = std::max(hull.to, range.to);
        }
    }
    std::vector<SeriesChanged>& series() { return series_; }

  private:
    std::vector<SeriesChanged> series_;
    std::unordered_map<int64_t, size_t> place_;
};

}  // namespace

void QueueFeedRow(
    Connection& connection, GenerationId generation, std::span<const SeriesChanged> changes
) {
    if (changes.empty()) return;
    std::vector<int64_t> datastreams;
    std::vector<Time> from;
    std::vector<Time> to;
    for (const SeriesChanged& change : changes) {
        datastreams.push_back(Raw(change.datastream));
        from.push_back(change.range.from);
        to.push_back(change.range.to);
    }
    connection.Queue(
        "INSERT INTO tilth.change (generation, datastreams, from_times, to_times)"
        " VALUES ($1, $2, $3, $4)",
        Params()
            .Add(Raw(generation))
            .Add(std::span<const int64_t>(datastreams))
            .Add(std::span<const Time>(from))
            .Add(std::span<const Time>(to))
    );
    connection.Queue("NOTIFY tilth_change");
}

void QueueFeedReset(Connection& connection) {
    connection.Queue("DELETE FROM tilth.change");
    connection.Queue("UPDATE tilth.feed SET floor = pg_current_xact_id()");
    connection.Queue("NOTIFY tilth_change");
}

Result<Changes> ChangesAfter(Connection& connection, ChangeToken token, size_t limit) {
    const size_t commits = std::clamp<size_t>(limit, 1, kMostCommits);
    TILTH_TRY(const Rows rows, Select(connection, token, commits));
    Changes changes;
    const ChangeToken newest = Newest(rows);
    if (token < TokenAt(rows, 0, 0) || token >= TokenAt(rows, 0, 1)) {
        changes.next = newest;
        changes.reset = true;
        return changes;
    }
    changes.next = token;
    Hulls hulls;
    if (rows.IsNull(0, 3)) {
        changes.next = std::max(token, newest);
        return changes;
    }
    size_t taken = 0;
    while (taken < rows.size() && (taken == 0 || hulls.series().size() < limit)) {
        hulls.Add(rows, taken);
        changes.next = TokenAt(rows, taken, 3);
        ++taken;
    }
    if (taken == rows.size() && rows.size() < commits)
        changes.next = std::max(changes.next, newest);
    changes.series = std::move(hulls.series());
    return changes;
}

Result<ChangeToken> LatestToken(Connection& connection) {
    TILTH_TRY(const Rows rows, Select(connection, ChangeToken{UINT64_MAX >> 1}, 1));
    return Newest(rows);
}

void PruneFeedNowAndThen(Core& core) {
    if (++core.commits % kCommitsBetweenPrunes != 0) return;
    static_cast<void>(core.pool.With([&](Connection& connection) {
        return connection.Cached(
            "WITH old AS (DELETE FROM tilth.change WHERE committed_at < clock_timestamp()"
            " - $1 * interval '1 microsecond' RETURNING xid), newest AS (SELECT xid FROM old"
            " ORDER BY xid DESC LIMIT 1) UPDATE tilth.feed SET floor = newest.xid FROM newest"
            " WHERE floor < newest.xid",
            Params().Add(static_cast<double>(core.options.keep_changes.count()))
        );
    }));
}

}  // namespace tilth::postgresql
