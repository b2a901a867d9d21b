#include "backend/duckdb/schema.h"

namespace tilth::duckdb {
namespace {

constexpr int kFormat = 1;

constexpr const char* kLabTables = R"sql(
CREATE SCHEMA tilth;
CREATE TABLE tilth.lab (name VARCHAR NOT NULL, value VARCHAR NOT NULL);
CREATE TABLE tilth.counter (token UBIGINT NOT NULL);
CREATE TABLE tilth.generation (
    id INTEGER NOT NULL, config INTEGER NOT NULL, state UTINYINT NOT NULL,
    created_at TIMESTAMP NOT NULL, reason VARCHAR NOT NULL);
CREATE TABLE tilth.series (series INTEGER NOT NULL, datastream BIGINT NOT NULL);
INSERT INTO tilth.counter VALUES (0);
)sql";

// {0}: the generation's schema. A series is a small number for a datastream (tilth.series), which
// packs to a byte or two where the 63-bit id would take eight. Tables of RangeTable have the
// columns `series` and `time` first.
constexpr const char* kGenerationTables = R"sql(
CREATE SCHEMA {0};
CREATE TABLE {0}.observation (
    series INTEGER NOT NULL, time TIMESTAMP NOT NULL, value DOUBLE, raw_value DOUBLE,
    reading_id UBIGINT NOT NULL, number BIGINT NOT NULL,
    writer BIGINT NOT NULL, sequence UBIGINT NOT NULL, position UINTEGER NOT NULL,
    objected UBIGINT NOT NULL, not_evaluated UBIGINT NOT NULL, manual_flag UINTEGER NOT NULL,
    flag UTINYINT NOT NULL, source_rank UTINYINT NOT NULL, counts BOOLEAN NOT NULL,
    provisional BOOLEAN NOT NULL);
CREATE TABLE {0}.tail (series INTEGER NOT NULL, since TIMESTAMP NOT NULL);
CREATE TABLE {0}.hourly (
    series INTEGER NOT NULL, time TIMESTAMP NOT NULL, count UINTEGER NOT NULL,
    good_count UINTEGER NOT NULL, min DOUBLE, max DOUBLE, mean DOUBLE, sd DOUBLE, first DOUBLE,
    last DOUBLE, p10 DOUBLE, p50 DOUBLE, p90 DOUBLE);
CREATE TABLE {0}.daily AS FROM {0}.hourly;
CREATE TABLE {0}.checkpoint (
    series INTEGER NOT NULL, time TIMESTAMP NOT NULL, test INTEGER NOT NULL, state BLOB NOT NULL);
CREATE TABLE {0}.cursor (writer BIGINT NOT NULL, positions BLOB NOT NULL);
CREATE TABLE {0}.dirty (
    datastream BIGINT NOT NULL, from_time TIMESTAMP NOT NULL, to_time TIMESTAMP NOT NULL,
    version UBIGINT NOT NULL, partition INTEGER NOT NULL);
CREATE TABLE {0}.dead_letter (
    writer BIGINT NOT NULL, sequence UBIGINT NOT NULL, position UINTEGER NOT NULL,
    partition INTEGER NOT NULL, received_at TIMESTAMP NOT NULL, topic VARCHAR NOT NULL,
    device VARCHAR NOT NULL, reason VARCHAR NOT NULL, code VARCHAR NOT NULL);
CREATE TABLE {0}.manual_flag (
    ordinal BIGINT NOT NULL, datastream VARCHAR NOT NULL, from_time TIMESTAMP NOT NULL,
    to_time TIMESTAMP NOT NULL, flag UTINYINT NOT NULL, withdraw BOOLEAN NOT NULL,
    who VARCHAR NOT NULL, why VARCHAR NOT NULL, given_at TIMESTAMP NOT NULL);
CREATE TABLE {0}.thing (
    name VARCHAR NOT NULL, description VARCHAR NOT NULL, device VARCHAR NOT NULL,
    latitude DOUBLE, longitude DOUBLE, elevation DOUBLE,
    registered_itself BOOLEAN NOT NULL, emulated BOOLEAN NOT NULL);
CREATE TABLE {0}.datastream (
    series INTEGER NOT NULL, id BIGINT NOT NULL, name VARCHAR NOT NULL, thing VARCHAR NOT NULL,
    property VARCHAR NOT NULL, depth DOUBLE, label VARCHAR NOT NULL, unit VARCHAR NOT NULL,
    sensor VARCHAR NOT NULL, resolution DOUBLE NOT NULL, cadence_us BIGINT NOT NULL,
    profile VARCHAR NOT NULL, registered_itself BOOLEAN NOT NULL, derived BOOLEAN NOT NULL);
)sql";

// Times are UTC without a zone, which DuckDB groups by day ten times faster than zoned ones.
constexpr const char* kViews = R"sql(
CREATE OR REPLACE VIEW main.thing AS
    SELECT name, description, device, latitude, longitude, elevation, registered_itself, emulated
    FROM {0}.thing;
CREATE OR REPLACE VIEW main.datastream AS
    SELECT name, thing, property, depth, label, unit, sensor, resolution,
        to_microseconds(cadence_us) AS cadence, profile, registered_itself, derived, id
    FROM {0}.datastream;
CREATE OR REPLACE VIEW main.reading AS
    SELECT o.time AS phenomenon_time, d.thing, d.property, d.depth, d.label, d.unit,
        o.value, o.raw_value, o.flag,
        CASE o.flag WHEN 1 THEN 'good' WHEN 2 THEN 'not_evaluated' WHEN 3 THEN 'suspect'
            WHEN 4 THEN 'fail' ELSE 'missing' END AS flag_name,
        o.objected AS tests_objected, o.not_evaluated AS tests_not_evaluated,
        o.provisional AND o.time >= t.since AS provisional, o.manual_flag > 0 AS flagged_by_hand,
        o.counts, d.name AS datastream, o.writer, o.sequence, o.position
    FROM {0}.observation AS o
    LEFT JOIN {0}.datastream AS d ON d.series = o.series
    LEFT JOIN {0}.tail AS t ON t.series = o.series;
CREATE OR REPLACE VIEW main.observation AS
    SELECT * EXCLUDE (counts) FROM main.reading WHERE counts;
CREATE OR REPLACE VIEW main.observation_good AS
    SELECT * FROM main.observation WHERE flag <= 2 AND value IS NOT NULL;
CREATE OR REPLACE VIEW main.hourly AS
    SELECT r.time AS start, d.thing, d.property, d.depth, d.label, d.unit, r.count, r.good_count,
        r.min, r.max, r.mean, r.sd, r.first, r.last, r.p10, r.p50, r.p90, d.name AS datastream
    FROM {0}.hourly AS r LEFT JOIN {0}.datastream AS d ON d.series = r.series;
CREATE OR REPLACE VIEW main.daily AS
    SELECT r.time AS start, d.thing, d.property, d.depth, d.label, d.unit, r.count, r.good_count,
        r.min, r.max, r.mean, r.sd, r.first, r.last, r.p10, r.p50, r.p90, d.name AS datastream
    FROM {0}.daily AS r LEFT JOIN {0}.datastream AS d ON d.series = r.series;
CREATE OR REPLACE VIEW main.dead_letter AS
    SELECT received_at, topic, device, code, reason, writer, sequence, position
    FROM {0}.dead_letter;
)sql";

Result<std::string> LabValue(Connection& connection, std::string_view name) {
    TILTH_TRY(Statement select, connection.Prepare("SELECT value FROM tilth.lab WHERE name = $1"));
    select.Bind(0, name);
    TILTH_TRY(Rows rows, select.Run());
    TILTH_TRY(const bool found, rows.Next());
    if (!found) return Fail(Fault::kNotFound, "the lab has no {}", name);
    return std::string(rows.Bytes(0, 0));
}

}  // namespace

std::string SchemaOf(GenerationId generation) {
    return fmt::format("g{}", Raw(generation));
}

Status CreateOrCheckSchema(Connection& connection, const std::string& path) {
    TILTH_TRY(
        Rows tables,
        connection.Query("SELECT count(*) FILTER (schema_name = 'tilth'), count(*)"
                         " FROM duckdb_tables()")
    );
    TILTH_CHECK(tables.Next());
    const bool ours = tables.Column<int64_t>(0)[0] != 0;
    if (!ours && tables.Column<int64_t>(1)[0] != 0) {
        return Fail(
            Fault::kCorrupt, "{}: this DuckDB file is not a processed store of Tilth", path
        );
    }
    if (!ours) {
        TILTH_CHECK(connection.Execute("BEGIN"));
        TILTH_CHECK(connection.Execute(kLabTables));
        TILTH_CHECK(connection.Execute(
            fmt::format("INSERT INTO tilth.lab VALUES ('format', '{}')", kFormat)
        ));
        return connection.Execute("COMMIT");
    }
    TILTH_TRY(const std::string format, LabValue(connection, "format"));
    if (format != std::to_string(kFormat)) {
        return Fail(
            Fault::kRefused,
            "{}: the file has format {}, this program knows format {}; use a newer Tilth",
            path,
            format,
            kFormat
        );
    }
    return {};
}

Status CreateGenerationTables(Connection& connection, GenerationId generation) {
    return connection.Execute(fmt::format(fmt::runtime(kGenerationTables), SchemaOf(generation)));
}

Status CreateViews(Connection& connection, GenerationId generation) {
    return connection.Execute(fmt::format(fmt::runtime(kViews), SchemaOf(generation)));
}

}  // namespace tilth::duckdb
