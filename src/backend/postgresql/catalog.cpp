#include "backend/postgresql/catalog.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

Result<Rows> Select(Connection& connection, const char* sql, const std::string& schema) {
    return connection.Cached(fmt::format(fmt::runtime(sql), schema));
}

}  // namespace

Result<std::vector<Generation>> SelectGenerations(Connection& connection) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached("SELECT id, config, state, created_at, reason FROM tilth.generation"
                          " ORDER BY id")
    );
    std::vector<Generation> generations(rows.size());
    for (size_t i = 0; i < generations.size(); ++i) {
        generations[i].id = GenerationId{rows.Get<int32_t>(i, 0)};
        generations[i].config = ConfigVersion{rows.Get<int32_t>(i, 1)};
        generations[i].state = static_cast<GenerationState>(rows.Get<int16_t>(i, 2));
        generations[i].created_at = rows.TimeAt(i, 3);
        generations[i].reason = rows.Bytes(i, 4);
    }
    return generations;
}

Result<std::vector<Thing>> SelectThings(Connection& connection, const std::string& schema) {
    TILTH_TRY(
        const Rows rows,
        Select(
            connection,
            "SELECT name, description, device, latitude, longitude, elevation, registered_itself,"
            " emulated FROM {}.thing ORDER BY name",
            schema
        )
    );
    std::vector<Thing> things(rows.size());
    for (size_t i = 0; i < things.size(); ++i) {
        Thing& thing = things[i];
        thing.name = rows.Bytes(i, 0);
        thing.description = rows.Bytes(i, 1);
        thing.device = rows.Bytes(i, 2);
        thing.location.latitude = rows.NumberOrNan(i, 3);
        thing.location.longitude = rows.NumberOrNan(i, 4);
        thing.location.elevation = rows.NumberOrNan(i, 5);
        thing.registered_itself = rows.Bool(i, 6);
        thing.emulated = rows.Bool(i, 7);
    }
    return things;
}

Result<std::vector<Datastream>> SelectDatastreams(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        const Rows rows,
        Select(
            connection,
            "SELECT id, name, thing, property, depth, label, unit, sensor, resolution, cadence_us,"
            " profile, registered_itself, derived FROM {}.datastream ORDER BY name",
            schema
        )
    );
    std::vector<Datastream> datastreams(rows.size());
    for (size_t i = 0; i < datastreams.size(); ++i) {
        Datastream& datastream = datastreams[i];
        datastream.id = DatastreamId{rows.Get<int64_t>(i, 0)};
        datastream.name = rows.Bytes(i, 1);
        datastream.thing = rows.Bytes(i, 2);
        datastream.property = rows.Bytes(i, 3);
        if (!rows.IsNull(i, 4)) datastream.depth = rows.Double(i, 4);
        datastream.label = rows.Bytes(i, 5);
        datastream.unit = rows.Bytes(i, 6);
        datastream.sensor = rows.Bytes(i, 7);
        datastream.resolution = rows.Double(i, 8);
        datastream.cadence = Duration{rows.Get<int64_t>(i, 9)};
        datastream.profile = rows.Bytes(i, 10);
        datastream.registered_itself = rows.Bool(i, 11);
        datastream.derived = rows.Bool(i, 12);
    }
    return datastreams;
}

Result<std::vector<ManualFlag>> SelectManualFlags(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        const Rows rows,
        Select(
            connection,
            "SELECT datastream, from_time, to_time, flag, withdraw, who, why, given_at"
            " FROM {}.manual_flag ORDER BY ordinal",
            schema
        )
    );
    std::vector<ManualFlag> flags(rows.size());
    for (size_t i = 0; i < flags.size(); ++i) {
        flags[i].datastream = rows.Bytes(i, 0);
        flags[i].range = {rows.TimeAt(i, 1), rows.TimeAt(i, 2)};
        flags[i].flag = static_cast<QualityFlag>(rows.Get<int16_t>(i, 3));
        flags[i].withdraw = rows.Bool(i, 4);
        flags[i].who = rows.Bytes(i, 5);
        flags[i].why = rows.Bytes(i, 6);
        flags[i].when = rows.TimeAt(i, 7);
    }
    return flags;
}

Result<std::vector<DeadLetter>> SelectDeadLetters(
    Connection& connection, const std::string& schema, size_t limit, size_t offset
) {
    constexpr size_t kMost = INT64_MAX;
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format(
                "SELECT writer, sequence, position, partition, received_at, topic, device, reason,"
                " code FROM {}.dead_letter ORDER BY received_at DESC, writer DESC, sequence DESC,"
                " position DESC LIMIT $1 OFFSET $2",
                schema
            ),
            Params()
                .Add(static_cast<int64_t>(std::min(limit, kMost)))
                .Add(static_cast<int64_t>(std::min(offset, kMost)))
        )
    );
    std::vector<DeadLetter> letters(rows.size());
    for (size_t i = 0; i < letters.size(); ++i) {
        DeadLetter& letter = letters[i];
        letter.raw.writer = WriterId{rows.Get<int64_t>(i, 0)};
        letter.raw.sequence = static_cast<Sequence>(rows.Get<int64_t>(i, 1));
        letter.raw.position = static_cast<uint32_t>(rows.Get<int64_t>(i, 2));
        letter.partition = PartitionId{static_cast<uint16_t>(rows.Get<int32_t>(i, 3))};
        letter.received_at = rows.TimeAt(i, 4);
        letter.topic = rows.Bytes(i, 5);
        letter.device = rows.Bytes(i, 6);
        letter.reason = rows.Bytes(i, 7);
        letter.code = rows.Bytes(i, 8);
    }
    return letters;
}

Result<std::map<std::string, uint64_t>> CountDeadLetters(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        const Rows rows,
        Select(connection, "SELECT code, count(*) FROM {}.dead_letter GROUP BY code", schema)
    );
    std::map<std::string, uint64_t> counts;
    for (size_t i = 0; i < rows.size(); ++i) {
        counts.emplace(rows.Bytes(i, 0), static_cast<uint64_t>(rows.Get<int64_t>(i, 1)));
    }
    return counts;
}

Result<std::map<WriterId, std::vector<Sequence>>> SelectCursors(
    Connection& connection, const std::string& schema
) {
    TILTH_TRY(
        const Rows rows, Select(connection, "SELECT writer, positions FROM {}.cursor", schema)
    );
    std::map<WriterId, std::vector<Sequence>> cursors;
    for (size_t i = 0; i < rows.size(); ++i) {
        const std::vector<int64_t> positions = rows.Array(i, 1);
        cursors.emplace(
            WriterId{rows.Get<int64_t>(i, 0)},
            std::vector<Sequence>(positions.begin(), positions.end())
        );
    }
    return cursors;
}

Result<SeriesVersions> SelectVersions(Connection& connection, const std::string& schema) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            fmt::format("SELECT datastream, version FROM {}.series WHERE version > 0", schema)
        )
    );
    SeriesVersions versions;
    for (size_t i = 0; i < rows.size(); ++i) {
        versions.emplace(
            DatastreamId{rows.Get<int64_t>(i, 0)}, static_cast<uint64_t>(rows.Get<int64_t>(i, 1))
        );
    }
    return versions;
}

Result<std::vector<DirtyRange>> SelectDirty(
    Connection& connection, const std::string& schema, const PartitionSet& partitions
) {
    TILTH_TRY(
        const Rows rows,
        Select(
            connection,
            "SELECT datastream, from_time, to_time, version, partition FROM {}.dirty"
            " ORDER BY datastream",
            schema
        )
    );
    std::vector<DirtyRange> ranges;
    for (size_t i = 0; i < rows.size(); ++i) {
        DirtyRange range;
        range.datastream = DatastreamId{rows.Get<int64_t>(i, 0)};
        range.range = {rows.TimeAt(i, 1), rows.TimeAt(i, 2)};
        range.version = static_cast<uint64_t>(rows.Get<int64_t>(i, 3));
        range.partition = PartitionId{static_cast<uint16_t>(rows.Get<int32_t>(i, 4))};
        if (partitions.test(Raw(range.partition))) ranges.push_back(range);
    }
    return ranges;
}

}  // namespace tilth::postgresql
