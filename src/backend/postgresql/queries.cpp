#include "backend/postgresql/queries.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

bool StandsBefore(const Observation& a, const Observation& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.counts != b.counts) return a.counts;
    return a.reading_id < b.reading_id;
}

/// Each request is an index scan of its own, in the order of the rows. `{0}`: the schema, `{1}`:
/// the columns.
constexpr const char* kSelectRanges =
    "SELECT r.i, o.* FROM unnest($1::int[], $2::int[], $3::timestamp[], $4::timestamp[])"
    " AS r (i, s, f, t) CROSS JOIN LATERAL (SELECT {1} FROM {0}.observation"
    " WHERE series = r.s AND time >= r.f AND time < r.t AND time >= $5 AND time < $6"
    " ORDER BY time, counts DESC, reading_id) AS o";
constexpr const char* kSelectBefore =
    "SELECT r.i, o.* FROM unnest($1::int[], $2::int[], $3::timestamp[], $4::bigint[])"
    " AS r (i, s, e, n) CROSS JOIN LATERAL (SELECT {1} FROM {0}.observation"
    " WHERE series = r.s AND time < r.e AND time < $5 AND counts"
    " ORDER BY time DESC LIMIT r.n) AS o";

void Distribute(const Rows& rows, std::vector<std::vector<Observation>>& answers) {
    for (size_t i = 0; i < rows.size(); ++i) {
        TakeRow(rows, i, 2, answers[static_cast<size_t>(rows.Get<int32_t>(i, 0))].emplace_back());
    }
}

template <class Request>
std::vector<size_t> SizesBefore(
    std::span<const Request> requests, const std::vector<std::vector<Observation>>& answers
) {
    std::vector<size_t> sizes;
    for (const Request& request : requests) {
        sizes.push_back(answers[static_cast<size_t>(request.index)].size());
    }
    return sizes;
}

}  // namespace

const char* TableOf(RollupLevel level) {
    return level == RollupLevel::kHour ? "hourly" : "daily";
}

Status SelectRanges(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredRange> ranges,
    std::vector<std::vector<Observation>>& answers
) {
    if (ranges.empty()) return {};
    std::vector<int32_t> index;
    std::vector<int32_t> series;
    std::vector<Time> from;
    std::vector<Time> to;
    for (const StoredRange& range : ranges) {
        index.push_back(range.index);
        series.push_back(range.series);
        from.push_back(range.range.from);
        to.push_back(range.range.to);
    }
    const std::vector<size_t> sizes = SizesBefore(ranges, answers);
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(kSelectRanges, schema, kObservationColumns),
            Params()
                .Add(std::span<const int32_t>(index))
                .Add(std::span<const int32_t>(series))
                .Add(std::span<const Time>(from))
                .Add(std::span<const Time>(to))
                .Add(*std::ranges::min_element(from))
                .Add(*std::ranges::max_element(to))
        )
    );
    Distribute(rows, answers);
    for (size_t i = 0; i < ranges.size(); ++i) {
        auto& answer = answers[static_cast<size_t>(ranges[i].index)];
        const auto first = answer.begin() + static_cast<std::ptrdiff_t>(sizes[i]);
        if (!std::is_sorted(first, answer.end(), StandsBefore))
            std::sort(first, answer.end(), StandsBefore);
    }
    return {};
}

Status SelectCountingBefore(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredBefore> requests,
    std::vector<std::vector<Observation>>& answers
) {
    if (requests.empty()) return {};
    std::vector<int32_t> index;
    std::vector<int32_t> series;
    std::vector<Time> end;
    std::vector<int64_t> count;
    for (const StoredBefore& request : requests) {
        index.push_back(request.index);
        series.push_back(request.series);
        end.push_back(request.end);
        count.push_back(request.count);
    }
    const std::vector<size_t> sizes = SizesBefore(requests, answers);
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(kSelectBefore, schema, kObservationColumns),
            Params()
                .Add(std::span<const int32_t>(index))
                .Add(std::span<const int32_t>(series))
                .Add(std::span<const Time>(end))
                .Add(std::span<const int64_t>(count))
                .Add(*std::ranges::max_element(end))
        )
    );
    Distribute(rows, answers);
    for (size_t i = 0; i < requests.size(); ++i) {
        auto& answer = answers[static_cast<size_t>(requests[i].index)];
        std::sort(
            answer.begin() + static_cast<std::ptrdiff_t>(sizes[i]), answer.end(), StandsBefore
        );
    }
    return {};
}

// ---------------------------------------------------------------- checkpoints and roll-ups

namespace {

/// The tests of a series are stepped through by the index, one probe a test, and each answers by
/// itself: a series has few tests and many checkpoints.
constexpr const char* kSelectCheckpoints =
    "SELECT r.i, c.* FROM unnest($1::int[], $2::int[], $3::timestamp[]) AS r (i, s, e)"
    " CROSS JOIN LATERAL (WITH RECURSIVE t (test) AS ("
    " (SELECT test FROM {0}.checkpoint WHERE series = r.s ORDER BY test LIMIT 1)"
    " UNION ALL SELECT (SELECT n.test FROM {0}.checkpoint AS n WHERE n.series = r.s"
    " AND n.test > t.test ORDER BY n.test LIMIT 1) FROM t WHERE t.test IS NOT NULL)"
    " SELECT b.* FROM t CROSS JOIN LATERAL (SELECT {1} FROM {0}.checkpoint"
    " WHERE series = r.s AND test = t.test AND time < r.e AND $4 ORDER BY time DESC LIMIT 1) AS b"
    " UNION ALL SELECT l.* FROM t CROSS JOIN LATERAL (SELECT {1} FROM {0}.checkpoint"
    " WHERE series = r.s AND test = t.test AND time >= r.e AND $5) AS l) AS c";

}  // namespace

Result<std::vector<std::vector<Checkpoint>>> SelectCheckpoints(
    Connection& connection,
    const std::string& schema,
    std::span<const StoredCheckpoints> requests,
    bool before,
    bool later
) {
    std::vector<std::vector<Checkpoint>> answers(requests.size());
    if (requests.empty()) return answers;
    std::vector<int32_t> index;
    std::vector<int32_t> series;
    std::vector<Time> time;
    for (const StoredCheckpoints& request : requests) {
        index.push_back(static_cast<int32_t>(index.size()));
        series.push_back(request.series);
        time.push_back(request.time);
    }
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(kSelectCheckpoints, schema, kCheckpointColumns),
            Params()
                .Add(std::span<const int32_t>(index))
                .Add(std::span<const int32_t>(series))
                .Add(std::span<const Time>(time))
                .Add(before)
                .Add(later)
        )
    );
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto at = static_cast<size_t>(rows.Get<int32_t>(i, 0));
        Checkpoint& checkpoint = answers[at].emplace_back();
        TakeRow(rows, i, 2, checkpoint);
        checkpoint.datastream = requests[at].datastream;
    }
    for (size_t i = 0; i < answers.size(); ++i) {
        std::ranges::sort(answers[i], [&](const Checkpoint& a, const Checkpoint& b) {
            const bool a_later = a.time >= requests[i].time;
            const bool b_later = b.time >= requests[i].time;
            if (a_later != b_later) return b_later;
            if (a_later && a.time != b.time) return a.time < b.time;
            return a.test < b.test;
        });
    }
    return answers;
}

Result<std::vector<Checkpoint>> SelectCheckpointsBefore(
    Connection& connection, const std::string& schema, DatastreamId datastream, Time time
) {
    TILTH_TRY(
        const Rows found,
        connection.Cached(
            fmt::format("SELECT series FROM {}.series WHERE datastream = $1", schema),
            Params().Add(Raw(datastream))
        )
    );
    if (found.size() == 0) return std::vector<Checkpoint>{};
    const StoredCheckpoints request{found.Get<int32_t>(0, 0), datastream, time};
    TILTH_TRY(
        auto answers, SelectCheckpoints(connection, schema, std::span(&request, 1), true, false)
    );
    return std::move(answers.front());
}

namespace {

constexpr const char* kSelectRollups =
    "SELECT {} FROM {}.{} WHERE series = {} AND time >= $2 AND time < $3 ORDER BY time";

}  // namespace

Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    RollupLevel level,
    TimeRange range
) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(kSelectRollups, kRollupColumns, schema, TableOf(level), "$1"),
            Params().Add(series).Add(range.from).Add(range.to)
        )
    );
    return TakeRows<Rollup>(rows);
}

Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    DatastreamId datastream,
    RollupLevel level,
    TimeRange range
) {
    const std::string series =
        fmt::format("(SELECT series FROM {}.series WHERE datastream = $1)", schema);
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(kSelectRollups, kRollupColumns, schema, TableOf(level), series),
            Params().Add(Raw(datastream)).Add(range.from).Add(range.to)
        )
    );
    return TakeRows<Rollup>(rows);
}

}  // namespace tilth::postgresql
