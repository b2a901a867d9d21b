// What readers ask: rows of a series as they are seen, the newest, counts, damage.
#include "backend/postgresql/queries.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

constexpr size_t kFetchRows = 8192;

/// `provisional` as readers see it.
constexpr const char* kSeenColumns =
    "o.series, o.time, o.value, o.raw_value, o.reading_id, o.number, o.writer, o.sequence,"
    " o.objected, o.not_evaluated, o.position, o.manual_flag, o.flag, o.source_rank, o.counts,"
    " o.provisional AND o.time >= ";

std::string SelectFor(const std::string& schema, const ObservationRequest& request) {
    std::string where;
    if (request.counting_only) where += " AND o.counts";
    if (!request.flags.empty()) {
        std::string list;
        for (const QualityFlag flag : request.flags) {
            list += fmt::format("{}{}", list.empty() ? "" : ", ", static_cast<int>(flag));
        }
        where += fmt::format(" AND o.flag IN ({})", list);
    }
    return fmt::format(
        "SELECT {1}(SELECT since FROM {0}.series WHERE datastream = $1) FROM {0}.observation"
        " AS o WHERE o.series = (SELECT series FROM {0}.series WHERE datastream = $1)"
        " AND o.time >= $2 AND o.time < $3{2} ORDER BY o.time{3}, o.counts DESC, o.reading_id"
        " LIMIT $4",
        schema,
        kSeenColumns,
        where,
        request.newest_first ? " DESC" : ""
    );
}

}  // namespace

Status VisitObservations(
    Connection& connection,
    const std::string& schema,
    const ObservationRequest& request,
    const ObservationVisitor& visit
) {
    const std::string select = SelectFor(schema, request);
    const Params params =
        Params()
            .Add(Raw(request.datastream))
            .Add(request.range.from)
            .Add(request.range.to)
            .Add(static_cast<int64_t>(std::min(request.limit, size_t{INT64_MAX})));
    const auto show = [&](const Rows& rows) {
        return rows.size() == 0 || visit(TakeRows<Observation>(rows));
    };
    if (request.limit <= kFetchRows) {
        TILTH_TRY(const Rows rows, connection.Cached(select, params));
        show(rows);
        return {};
    }
    // A portal gives rows as they are asked for, however many there are. The reader on the other
    // side may be slow.
    const std::string fetch = fmt::format("FETCH {} FROM seen", kFetchRows);
    connection.Queue("BEGIN READ ONLY");
    connection.Queue("SET LOCAL idle_in_transaction_session_timeout = '10min'");
    connection.Queue("DECLARE seen NO SCROLL CURSOR FOR " + select, params);
    connection.Queue(fetch);
    auto begun = connection.Send();
    Status read;
    if (begun) {
        bool more = show(begun->back()) && begun->back().size() == kFetchRows;
        while (more) {
            auto rows = connection.Cached(fetch);
            if (!rows) {
                read = std::unexpected(rows.error());
                break;
            }
            more = show(*rows) && rows->size() == kFetchRows;
        }
    } else {
        read = std::unexpected(begun.error());
    }
    if (connection.IsLinked()) static_cast<void>(connection.Execute("ROLLBACK"));
    return read;
}

Result<std::map<DatastreamId, Observation>> SelectLatest(
    Connection& connection, const std::string& schema, std::span<const DatastreamId> datastreams
) {
    std::vector<int64_t> ids;
    for (const DatastreamId id : datastreams) ids.push_back(Raw(id));
    // The newest row that counts is never before `since` (store/series_tail.h).
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(
                "SELECT s.datastream, l.* FROM {0}.series AS s CROSS JOIN LATERAL (SELECT {1}"
                "s.since FROM {0}.observation AS o WHERE o.series = s.series AND"
                " o.time >= s.since AND o.counts ORDER BY o.time DESC LIMIT 1) AS l"
                " WHERE s.datastream = ANY($1)",
                schema,
                kSeenColumns
            ),
            Params().Add(std::span<const int64_t>(ids))
        )
    );
    std::map<DatastreamId, Observation> latest;
    for (size_t i = 0; i < rows.size(); ++i) {
        TakeRow(rows, i, 2, latest[DatastreamId{rows.Get<int64_t>(i, 0)}]);
    }
    return latest;
}

Result<ProcessedStatistics> CountAll(Connection& connection, const std::string& schema) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached(fmt::format(
            "SELECT coalesce((SELECT sum(rows) FROM {0}.series), 0)::bigint,"
            " (SELECT count(*) FROM {0}.datastream), (SELECT count(*) FROM {0}.dead_letter)",
            schema
        ))
    );
    ProcessedStatistics statistics;
    statistics.observations = static_cast<uint64_t>(rows.Get<int64_t>(0, 0));
    statistics.datastreams = static_cast<uint64_t>(rows.Get<int64_t>(0, 1));
    statistics.dead_letters = static_cast<uint64_t>(rows.Get<int64_t>(0, 2));
    return statistics;
}

Result<std::vector<std::string>> FindDamage(Connection& connection, const std::string& schema) {
    struct Check {
        const char* what;
        const char* sql;  ///< Counts what should not be there; {0} is the schema.
    };
    constexpr Check kChecks[] = {
        {"rows stand twice",
         "SELECT count(*) - count(DISTINCT (series, time, reading_id)) FROM {0}.observation"},
        {"series count other rows than they have",
         "SELECT count(*) FROM {0}.series AS s LEFT JOIN (SELECT series, count(*) AS n"
         " FROM {0}.observation GROUP BY series) AS o USING (series)"
         " WHERE s.rows <> coalesce(o.n, 0)"},
        {"rows belong to no series",
         "SELECT count(*) FROM {0}.observation AS o WHERE NOT EXISTS (SELECT FROM {0}.series AS s"
         " WHERE s.series = o.series)"},
        {"series with rows have no end",
         "SELECT count(*) FROM {0}.series WHERE (rows > 0) <> (since < '200000-01-01')"},
    };
    std::vector<std::string> problems;
    for (const Check& check : kChecks) {
        TILTH_TRY(const Rows rows, connection.Run(fmt::format(fmt::runtime(check.sql), schema)));
        const auto count = rows.Get<int64_t>(0, 0);
        if (count != 0) problems.push_back(fmt::format("{}: {} {}", schema, count, check.what));
    }
    return problems;
}

}  // namespace tilth::postgresql
