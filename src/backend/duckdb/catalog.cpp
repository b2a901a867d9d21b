#include "backend/duckdb/catalog.h"

#include <algorithm>

namespace tilth::duckdb {
namespace {

/// Calls each(rows, index) for every row of a result.
template <class Each>
Status ForEachRow(Rows& rows, Each each) {
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        for (size_t i = 0; i < rows.size(); ++i) each(i);
    }
}

double NumberOrNan(const Rows& rows, size_t column, size_t row) {
    if (rows.IsNull(column, row)) return std::numeric_limits<double>::quiet_NaN();
    return rows.Column<double>(column)[row];
}

}  // namespace

Result<std::vector<Thing>> SelectThings(Connection& connection, const std::string& schema) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT name, description, device, latitude, longitude, elevation, registered_itself,"
            " emulated FROM {}.thing ORDER BY name",
            schema
        ))
    );
    std::vector<Thing> things;
    TILTH_CHECK(ForEachRow(rows, [&](size_t i) {
        Thing& thing = things.emplace_back();
        thing.name = rows.Bytes(0, i);
        thing.description = rows.Bytes(1, i);
        thing.device = rows.Bytes(2, i);
        thing.location.latitude = NumberOrNan(rows, 3, i);
        thing.location.longitude = NumberOrNan(rows, 4, i);
        thing.location.elevation = NumberOrNan(rows, 5, i);
        thing.registered_itself = rows.Column<bool>(6)[i];
        thing.emulated = rows.Column<bool>(7)[i];
    }));
    return things;
}

Result<std::vector<Datastream>> SelectDatastreams(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT id, name, thing, property, depth, label, unit, sensor, resolution, cadence_us,"
            " profile, registered_itself, derived FROM {}.datastream ORDER BY name",
            schema
        ))
    );
    std::vector<Datastream> datastreams;
    TILTH_CHECK(ForEachRow(rows, [&](size_t i) {
        Datastream& datastream = datastreams.emplace_back();
        datastream.id = DatastreamId{rows.Column<int64_t>(0)[i]};
        datastream.name = rows.Bytes(1, i);
        datastream.thing = rows.Bytes(2, i);
        datastream.property = rows.Bytes(3, i);
        if (!rows.IsNull(4, i)) datastream.depth = rows.Column<double>(4)[i];
        datastream.label = rows.Bytes(5, i);
        datastream.unit = rows.Bytes(6, i);
        datastream.sensor = rows.Bytes(7, i);
        datastream.resolution = rows.Column<double>(8)[i];
        datastream.cadence = Duration{rows.Column<int64_t>(9)[i]};
        datastream.profile = rows.Bytes(10, i);
        datastream.registered_itself = rows.Column<bool>(11)[i];
        datastream.derived = rows.Column<bool>(12)[i];
    }));
    return datastreams;
}

Result<std::vector<ManualFlag>> SelectManualFlags(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT datastream, from_time, to_time, flag, withdraw, who, why, given_at FROM "
            "{}.manual_flag"
            " ORDER BY ordinal",
            schema
        ))
    );
    std::vector<ManualFlag> flags;
    TILTH_CHECK(ForEachRow(rows, [&](size_t i) {
        ManualFlag& flag = flags.emplace_back();
        flag.datastream = rows.Bytes(0, i);
        flag.range.from = FromMicros(rows.Column<int64_t>(1)[i]);
        flag.range.to = FromMicros(rows.Column<int64_t>(2)[i]);
        flag.flag = QualityFlag{rows.Column<uint8_t>(3)[i]};
        flag.withdraw = rows.Column<bool>(4)[i];
        flag.who = rows.Bytes(5, i);
        flag.why = rows.Bytes(6, i);
        flag.when = FromMicros(rows.Column<int64_t>(7)[i]);
    }));
    return flags;
}

Result<std::vector<DeadLetter>> SelectDeadLetters(
    Connection& connection, const std::string& schema, size_t limit, size_t offset
) {
    constexpr size_t kMost = INT64_MAX;
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT writer, sequence, position, partition, received_at, topic, device, reason, code"
            " FROM {}.dead_letter"
            " ORDER BY received_at DESC, writer DESC, sequence DESC, position DESC"
            " LIMIT {} OFFSET {}",
            schema,
            std::min(limit, kMost),
            std::min(offset, kMost)
        ))
    );
    std::vector<DeadLetter> letters;
    TILTH_CHECK(ForEachRow(rows, [&](size_t i) {
        DeadLetter& letter = letters.emplace_back();
        letter.raw.writer = WriterId{rows.Column<int64_t>(0)[i]};
        letter.raw.sequence = rows.Column<uint64_t>(1)[i];
        letter.raw.position = rows.Column<uint32_t>(2)[i];
        letter.partition = PartitionId{static_cast<uint16_t>(rows.Column<int32_t>(3)[i])};
        letter.received_at = FromMicros(rows.Column<int64_t>(4)[i]);
        letter.topic = rows.Bytes(5, i);
        letter.device = rows.Bytes(6, i);
        letter.reason = rows.Bytes(7, i);
        letter.code = rows.Bytes(8, i);
    }));
    return letters;
}

Result<std::map<std::string, uint64_t>> CountDeadLetters(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        Rows rows,
        connection.Query(
            fmt::format("SELECT code, count(*) FROM {}.dead_letter GROUP BY code", schema)
        )
    );
    std::map<std::string, uint64_t> counts;
    TILTH_CHECK(ForEachRow(rows, [&](size_t i) {
        counts.emplace(rows.Bytes(0, i), static_cast<uint64_t>(rows.Column<int64_t>(1)[i]));
    }));
    return counts;
}

}  // namespace tilth::duckdb
