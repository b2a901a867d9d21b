#include "backend/duckdb/queries.h"

#include <algorithm>

namespace tilth::duckdb {
namespace {

template <class Row>
Result<std::vector<Row>> Collect(Statement& statement, int32_t series, TimeRange range) {
    statement.Bind(0, series);
    statement.Bind(1, range.from);
    statement.Bind(2, range.to);
    TILTH_TRY(Rows rows, statement.Run());
    std::vector<Row> collected;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return collected;
        ReadChunk(rows, collected);
    }
}

Time Earlier(Time time, Duration by) {
    return ToMicros(time) < INT64_MIN + by.count() ? Time::min() : time - by;
}

}  // namespace

const char* TableOf(RollupLevel level) {
    return level == RollupLevel::kHour ? "hourly" : "daily";
}

Result<std::vector<Observation>> SelectObservations(
    Connection& connection, const std::string& schema, int32_t series, TimeRange range
) {
    if (range.Empty()) return std::vector<Observation>{};
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT {} FROM {}.observation WHERE series = $1 AND time >= $2 AND time < $3"
            " ORDER BY time, counts DESC, reading_id",
            kObservationColumns,
            schema
        ))
    );
    return Collect<Observation>(*select, series, range);
}

Result<std::vector<Observation>> SelectCountingBefore(
    Connection& connection, const std::string& schema, int32_t series, Time end, size_t limit
) {
    std::vector<Observation> newest_first;
    if (limit == 0) return newest_first;
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT {} FROM {}.observation WHERE series = $1 AND time >= $2 AND time < $3 AND "
            "counts"
            " ORDER BY time DESC LIMIT $4",
            kObservationColumns,
            schema
        ))
    );
    // Mostly they are near: a short look-back reads a few row groups where all of time reads each.
    for (const Duration reach : {Duration{std::chrono::days{1}}, Duration{std::chrono::days{60}}}) {
        select->Bind(3, static_cast<int64_t>(limit));
        TILTH_TRY(newest_first, Collect<Observation>(*select, series, {Earlier(end, reach), end}));
        if (newest_first.size() >= limit) break;
    }
    if (newest_first.size() < limit) {
        select->Bind(3, static_cast<int64_t>(limit));
        TILTH_TRY(newest_first, Collect<Observation>(*select, series, {Time::min(), end}));
    }
    std::ranges::reverse(newest_first);
    return newest_first;
}

Result<std::vector<Rollup>> SelectRollups(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    RollupLevel level,
    TimeRange range
) {
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT {} FROM {}.{} WHERE series = $1 AND time >= $2 AND time < $3 ORDER BY time",
            kRollupColumns,
            schema,
            TableOf(level)
        ))
    );
    return Collect<Rollup>(*select, series, range);
}

Result<std::vector<Checkpoint>> SelectCheckpointsBefore(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    DatastreamId datastream,
    Time time
) {
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT series, max(time), test, arg_max(state, time) FROM {}.checkpoint"
            " WHERE series = $1 AND time < $2 GROUP BY series, test ORDER BY test",
            schema
        ))
    );
    select->Bind(0, series);
    select->Bind(1, time);
    TILTH_TRY(Rows rows, select->Run());
    std::vector<Checkpoint> checkpoints;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return checkpoints;
        ReadChunk(rows, checkpoints, datastream);
    }
}

Status VisitObservations(
    Connection& connection,
    const std::string& schema,
    int32_t series,
    const ObservationRequest& request,
    const ObservationVisitor& visit
) {
    std::string where;
    if (request.counting_only) where += " AND counts";
    if (!request.flags.empty()) {
        std::string list;
        for (const QualityFlag flag : request.flags) {
            list += fmt::format("{}{}", list.empty() ? "" : ", ", static_cast<int>(flag));
        }
        where += fmt::format(" AND flag IN ({})", list);
    }
    const std::string limit =
        request.limit > INT64_MAX ? "" : fmt::format(" LIMIT {}", request.limit);
    TILTH_TRY(
        Statement select,
        connection.Prepare(fmt::format(
            "SELECT series, time, value, raw_value, reading_id, number, writer, sequence, position,"
            " objected, not_evaluated, manual_flag, flag, source_rank, counts,"
            " provisional AND time >= (SELECT since FROM {0}.tail WHERE series = $1)"
            " FROM {0}.observation WHERE series = $1 AND time >= $2 AND time < $3{1}"
            " ORDER BY time{2}, counts DESC, reading_id{3}",
            schema,
            where,
            request.newest_first ? " DESC" : "",
            limit
        ))
    );
    select.Bind(0, series);
    select.Bind(1, request.range.from);
    select.Bind(2, request.range.to);
    TILTH_TRY(Rows rows, select.Stream());
    std::vector<Observation> chunk;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        chunk.clear();
        ReadChunk(rows, chunk);
        if (!visit(chunk)) return {};
    }
}

Result<ProcessedStatistics> CountAll(
    Connection& connection, const std::string& schema, ProcessedStatistics statistics
) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT (SELECT count(*) FROM {0}.observation), (SELECT count(*) FROM {0}.datastream),"
            " (SELECT count(*) FROM {0}.dead_letter)",
            schema
        ))
    );
    TILTH_CHECK(rows.Next());
    statistics.observations = static_cast<uint64_t>(rows.Column<int64_t>(0)[0]);
    statistics.datastreams = static_cast<uint64_t>(rows.Column<int64_t>(1)[0]);
    statistics.dead_letters = static_cast<uint64_t>(rows.Column<int64_t>(2)[0]);
    return statistics;
}

Result<std::vector<std::string>> FindDamage(Connection& connection, const std::string& schema) {
    struct Check {
        const char* what;
        const char* sql;  ///< Counts what should not be there; {} is the schema.
    };
    constexpr Check kChecks[] = {
        {"rows stand twice",
         "SELECT count(*) - count(DISTINCT (series, time, reading_id))"
         " FROM {}.observation"},
        {"hours stand twice", "SELECT count(*) - count(DISTINCT (series, time)) FROM {}.hourly"},
        {"days stand twice", "SELECT count(*) - count(DISTINCT (series, time)) FROM {}.daily"},
        {"series with rows have no tail",
         "SELECT count(*) FROM (SELECT DISTINCT series FROM"
         " {}.observation) ANTI JOIN {}.tail USING (series)"},
        {"tails belong to no rows",
         "SELECT count(*) FROM {}.tail ANTI JOIN (SELECT DISTINCT series"
         " FROM {}.observation) USING (series)"},
    };
    std::vector<std::string> problems;
    for (const Check& check : kChecks) {
        const std::string sql = fmt::format(fmt::runtime(check.sql), schema, schema);
        auto rows = connection.Query(sql);
        if (!rows) {
            problems.push_back(fmt::format("{}: {}", schema, rows.error().message));
            continue;
        }
        TILTH_CHECK(rows->Next());
        const int64_t count = rows->Column<int64_t>(0)[0];
        if (count != 0) problems.push_back(fmt::format("{}: {} {}", schema, count, check.what));
    }
    return problems;
}

}  // namespace tilth::duckdb
