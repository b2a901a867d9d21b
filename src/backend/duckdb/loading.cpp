#include "backend/duckdb/loading.h"

#include "backend/duckdb/row_layout.h"
#include "backend/duckdb/schema.h"

#include <algorithm>
#include <cstring>

namespace tilth::duckdb {
namespace {

using DatastreamOfSeries = std::unordered_map<int32_t, DatastreamId>;

Status LoadGenerations(Connection& connection, StoreMemory& memory) {
    TILTH_TRY(
        Rows rows,
        connection.Query("SELECT id, config, state, created_at, reason FROM tilth.generation"
                         " ORDER BY id")
    );
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        for (size_t i = 0; i < rows.size(); ++i) {
            Generation generation;
            generation.id = GenerationId{rows.Column<int32_t>(0)[i]};
            generation.config = ConfigVersion{rows.Column<int32_t>(1)[i]};
            generation.state = GenerationState{rows.Column<uint8_t>(2)[i]};
            generation.created_at = FromMicros(rows.Column<int64_t>(3)[i]);
            generation.reason = rows.Bytes(4, i);
            if (generation.state == GenerationState::kActive) memory.active = generation.id;
            memory.last_generation = std::max(memory.last_generation, Raw(generation.id));
            memory.list.push_back(std::move(generation));
        }
    }
}

Result<DatastreamOfSeries> LoadSeries(Connection& connection, StoreMemory& memory) {
    DatastreamOfSeries datastreams;
    TILTH_TRY(Rows rows, connection.Query("SELECT series, datastream FROM tilth.series"));
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return datastreams;
        for (size_t i = 0; i < rows.size(); ++i) {
            const int32_t series = rows.Column<int32_t>(0)[i];
            const DatastreamId datastream{rows.Column<int64_t>(1)[i]};
            datastreams.emplace(series, datastream);
            memory.series.emplace(datastream, series);
        }
    }
}

Status LoadTails(
    Connection& connection,
    const std::string& schema,
    const DatastreamOfSeries& datastreams,
    GenerationMemory& memory
) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT o.{} FROM {}.observation AS o JOIN (SELECT series AS s, since FROM {}.tail) AS "
            "t"
            " ON o.series = t.s WHERE o.time >= t.since"
            " ORDER BY series, time, counts DESC, reading_id",
            kObservationColumns,
            schema,
            schema
        ))
    );
    std::vector<Observation> chunk;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        chunk.clear();
        ReadChunk(rows, chunk);
        for (size_t i = 0; i < chunk.size(); ++i) {
            const auto datastream = datastreams.find(rows.Column<int32_t>(0)[i]);
            if (datastream == datastreams.end()) {
                return Fail(Fault::kCorrupt, "{} has rows of an unknown series", schema);
            }
            memory.series[datastream->second].tail.push_back({chunk[i], chunk[i].provisional});
        }
    }
}

Status LoadCursors(Connection& connection, const std::string& schema, GenerationMemory& memory) {
    TILTH_TRY(
        Rows rows, connection.Query(fmt::format("SELECT writer, positions FROM {}.cursor", schema))
    );
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        for (size_t i = 0; i < rows.size(); ++i) {
            const std::string_view bytes = rows.Bytes(1, i);
            if (bytes.size() != sizeof(Cursor)) {
                return Fail(Fault::kCorrupt, "{} has a cursor of {} bytes", schema, bytes.size());
            }
            Cursor& cursor = memory.cursors[WriterId{rows.Column<int64_t>(0)[i]}];
            std::memcpy(cursor.data(), bytes.data(), sizeof(Cursor));
        }
    }
}

Status LoadDirty(Connection& connection, const std::string& schema, GenerationMemory& memory) {
    TILTH_TRY(
        Rows rows,
        connection.Query(fmt::format(
            "SELECT datastream, from_time, to_time, version, partition FROM {}.dirty", schema
        ))
    );
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        for (size_t i = 0; i < rows.size(); ++i) {
            DirtyRange range;
            range.datastream = DatastreamId{rows.Column<int64_t>(0)[i]};
            range.range.from = FromMicros(rows.Column<int64_t>(1)[i]);
            range.range.to = FromMicros(rows.Column<int64_t>(2)[i]);
            range.version = rows.Column<uint64_t>(3)[i];
            range.partition = PartitionId{static_cast<uint16_t>(rows.Column<int32_t>(4)[i])};
            memory.dirty.emplace(range.datastream, range);
        }
    }
}

Result<int64_t> LoadNumber(Connection& connection, const std::string& sql) {
    TILTH_TRY(Rows rows, connection.Query(sql));
    TILTH_TRY(const bool found, rows.Next());
    if (!found) return Fail(Fault::kCorrupt, "no row for: {}", sql);
    return rows.Column<int64_t>(0)[0];
}

}  // namespace

Result<StoreMemory> LoadMemory(Connection& connection) {
    StoreMemory memory;
    TILTH_TRY(
        const int64_t token, LoadNumber(connection, "SELECT token::BIGINT FROM tilth.counter")
    );
    memory.token = static_cast<uint64_t>(token);
    memory.token_at_opening = memory.token;
    TILTH_CHECK(LoadGenerations(connection, memory));
    TILTH_TRY(const DatastreamOfSeries datastreams, LoadSeries(connection, memory));
    for (const Generation& generation : memory.list) {
        const std::string schema = SchemaOf(generation.id);
        GenerationMemory& mine = memory.generations[generation.id];
        if (generation.state == GenerationState::kRetired) continue;
        TILTH_CHECK(LoadTails(connection, schema, datastreams, mine));
        TILTH_CHECK(LoadCursors(connection, schema, mine));
        TILTH_CHECK(LoadDirty(connection, schema, mine));
        TILTH_TRY(
            mine.manual_flags,
            LoadNumber(connection, fmt::format("SELECT count(*) FROM {}.manual_flag", schema))
        );
    }
    return memory;
}

}  // namespace tilth::duckdb
