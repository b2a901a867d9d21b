#include "backend/postgresql/migrations.h"

#include <array>
#include <string>

namespace tilth::postgresql {
namespace {

// Of the lab.
constexpr std::string_view kLab = R"sql(
CREATE TABLE tilth.lab (name text PRIMARY KEY, value text NOT NULL);

CREATE SEQUENCE tilth.generation_id AS int;
CREATE TABLE tilth.generation (
    id int PRIMARY KEY, config int NOT NULL, state smallint NOT NULL,
    created_at timestamp NOT NULL, reason text NOT NULL);

-- One row an owner; no two have a partition (bit 0 is partition 0).
CREATE SEQUENCE tilth.lease_epoch;
CREATE TABLE tilth.lease (
    owner text PRIMARY KEY, epoch bigint NOT NULL, until timestamptz NOT NULL,
    shares boolean NOT NULL, partitions bit(256) NOT NULL);

CREATE SEQUENCE tilth.dirty_version;

-- One row a commit. Readers take those below the oldest transaction that still runs.
CREATE TABLE tilth.change (
    xid xid8 PRIMARY KEY DEFAULT pg_current_xact_id(),
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    generation int NOT NULL, datastreams bigint[] NOT NULL,
    from_times timestamp[] NOT NULL, to_times timestamp[] NOT NULL);
-- Changes after this one are all in tilth.change.
CREATE TABLE tilth.feed (floor xid8 NOT NULL);
INSERT INTO tilth.feed VALUES (pg_current_xact_id());

-- What things and datastreams said before they were changed.
CREATE TABLE tilth.history (
    until timestamptz NOT NULL DEFAULT clock_timestamp(), generation text NOT NULL,
    kind text NOT NULL, was jsonb NOT NULL);
CREATE FUNCTION tilth.keep_history() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO tilth.history (generation, kind, was)
        VALUES (TG_TABLE_SCHEMA, TG_TABLE_NAME, to_jsonb(OLD));
    RETURN NULL;
END $body$;

-- That an owner may write these partitions now; error TL001 otherwise. Locked, the answer stays
-- true until the transaction ends. at: null for the database's clock.
CREATE FUNCTION tilth.check_lease(
    who text, lease_epoch bigint, wanted bit(256), at timestamptz, locked boolean
) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    held tilth.lease;
BEGIN
    IF locked THEN
        SELECT * INTO held FROM tilth.lease WHERE owner = who FOR SHARE;
    ELSE
        SELECT * INTO held FROM tilth.lease WHERE owner = who;
    END IF;
    IF held.owner IS NULL OR held.epoch > lease_epoch OR held.partitions & wanted <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE =
            format('some partitions are no longer leased to %s (epoch %s)', who, lease_epoch);
    END IF;
    IF held.until <= coalesce(at, clock_timestamp()) THEN
        RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE =
            format('the lease of %s (epoch %s) has passed', who, lease_epoch);
    END IF;
END $body$;
)sql";

// A generation: a schema gN, so that dropping it drops whole tables.
constexpr std::string_view kGeneration = R"sql(
CREATE FUNCTION tilth.make_generation(id int) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    g text := 'g' || id;
    level text;
    kind text;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', g);
    -- A small number for a datastream, and what a writer needs to know of it. `version` rises with
    -- every commit that changed it; a row is provisional if it says so and is not before `since`.
    EXECUTE format($sql$CREATE TABLE %I.series (
        series int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        datastream bigint NOT NULL UNIQUE,
        version bigint NOT NULL DEFAULT 0, rows bigint NOT NULL DEFAULT 0,
        since timestamp NOT NULL DEFAULT 'infinity',
        newest_hour timestamp NOT NULL DEFAULT '-infinity',
        newest_day timestamp NOT NULL DEFAULT '-infinity')
        WITH (fillfactor = 50)$sql$, g);
    EXECUTE format($sql$CREATE TABLE %I.observation (
        time timestamp NOT NULL, value float8, raw_value float8, reading_id bigint NOT NULL,
        number bigint NOT NULL, writer bigint NOT NULL, sequence bigint NOT NULL,
        objected bigint NOT NULL, not_evaluated bigint NOT NULL,
        series int NOT NULL, position int NOT NULL, manual_flag int NOT NULL,
        flag smallint NOT NULL, source_rank smallint NOT NULL,
        counts boolean NOT NULL, provisional boolean NOT NULL)
        PARTITION BY RANGE (time)$sql$, g);
    EXECUTE format('CREATE INDEX observation_series ON %I.observation (series, time)', g);
    EXECUTE format($sql$CREATE TABLE %1$I.observation_early PARTITION OF %1$I.observation
        FOR VALUES FROM (MINVALUE) TO ('1990-01-01')$sql$, g);
    EXECUTE format($sql$CREATE TABLE %1$I.observation_late PARTITION OF %1$I.observation
        FOR VALUES FROM ('2100-01-01') TO (MAXVALUE)$sql$, g);
    FOREACH level IN ARRAY ARRAY['hourly', 'daily'] LOOP
        EXECUTE format($sql$CREATE TABLE %I.%I (
            series int NOT NULL, time timestamp NOT NULL, count bigint NOT NULL,
            good_count bigint NOT NULL, min float8, max float8, mean float8, sd float8,
            first float8, last float8, p10 float8, p50 float8, p90 float8,
            PRIMARY KEY (series, time))$sql$, g, level);
    END LOOP;
    EXECUTE format($sql$CREATE TABLE %I.checkpoint (
        series int NOT NULL, test int NOT NULL, time timestamp NOT NULL, state bytea NOT NULL,
        PRIMARY KEY (series, test, time))$sql$, g);
    EXECUTE format($sql$CREATE TABLE %I.cursor (
        writer bigint PRIMARY KEY, positions bigint[] NOT NULL) WITH (fillfactor = 50)$sql$, g);
    EXECUTE format('ALTER TABLE %I.cursor ALTER positions SET STORAGE PLAIN', g);
    EXECUTE format($sql$CREATE TABLE %I.dirty (
        datastream bigint PRIMARY KEY, from_time timestamp NOT NULL, to_time timestamp NOT NULL,
        version bigint NOT NULL, partition int NOT NULL)$sql$, g);
    EXECUTE format($sql$CREATE TABLE %I.dead_letter (
        writer bigint NOT NULL, sequence bigint NOT NULL, position bigint NOT NULL,
        partition int NOT NULL, received_at timestamp NOT NULL, topic text NOT NULL,
        device text NOT NULL, reason text NOT NULL, code text NOT NULL)$sql$, g);
    EXECUTE format('CREATE INDEX dead_letter_newest ON %I.dead_letter'
        ' (received_at, writer, sequence, position)', g);
    EXECUTE format($sql$CREATE TABLE %I.manual_flag (
        ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, datastream text NOT NULL,
        from_time timestamp NOT NULL, to_time timestamp NOT NULL, flag smallint NOT NULL,
        withdraw boolean NOT NULL, who text NOT NULL, why text NOT NULL,
        given_at timestamp NOT NULL)$sql$, g);
    EXECUTE format($sql$CREATE TABLE %I.thing (
        name text COLLATE "C" PRIMARY KEY, description text NOT NULL, device text NOT NULL,
        latitude float8, longitude float8, elevation float8,
        registered_itself boolean NOT NULL, emulated boolean NOT NULL)$sql$, g);
    EXECUTE format($sql$CREATE TABLE %I.datastream (
        id bigint PRIMARY KEY, name text COLLATE "C" NOT NULL, thing text NOT NULL,
        property text NOT NULL, depth float8, label text NOT NULL, unit text NOT NULL,
        sensor text NOT NULL, resolution float8 NOT NULL, cadence_us bigint NOT NULL,
        profile text NOT NULL, registered_itself boolean NOT NULL,
        derived boolean NOT NULL)$sql$, g);
    FOREACH kind IN ARRAY ARRAY['thing', 'datastream'] LOOP
        EXECUTE format('CREATE TRIGGER keep_history AFTER UPDATE ON %I.%I FOR EACH ROW'
            ' WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tilth.keep_history()', g, kind);
    END LOOP;
END $body$;

-- A table of its own is made and then attached, which unlike CREATE ... PARTITION OF waits for
-- nobody who reads or writes the other partitions.
CREATE FUNCTION tilth.make_partition(id int, month timestamp) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    g text := 'g' || id;
    part text := 'observation_' || to_char(month, 'YYYY_MM');
    upper timestamp := month + interval '1 month';
BEGIN
    PERFORM pg_advisory_xact_lock(1953066088, id);
    -- Not to_regclass(): what it remembers is not up to date after waiting for the lock.
    IF EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = g AND c.relname = part) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %1$I.observation INCLUDING DEFAULTS,'
        ' CONSTRAINT bounds CHECK (time >= %3$L AND time < %4$L))', g, part, month, upper);
    EXECUTE format('ALTER TABLE %1$I.observation ATTACH PARTITION %1$I.%2$I'
        ' FOR VALUES FROM (%3$L) TO (%4$L)', g, part, month, upper);
    EXECUTE format('ALTER TABLE %I.%I DROP CONSTRAINT bounds', g, part);
END $body$;
)sql";

// For people: the active generation, with the columns of the embedded store's views.
constexpr std::string_view kViews = R"sql(
CREATE FUNCTION tilth.make_views(id int) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    g text := 'g' || id;
    level text;
BEGIN
    EXECUTE format($sql$CREATE OR REPLACE VIEW public.thing AS
        SELECT name, description, device, latitude, longitude, elevation, registered_itself,
            emulated
        FROM %I.thing$sql$, g);
    EXECUTE format($sql$CREATE OR REPLACE VIEW public.datastream AS
        SELECT name, thing, property, depth, label, unit, sensor, resolution,
            cadence_us * interval '1 microsecond' AS cadence, profile, registered_itself, derived,
            id
        FROM %I.datastream$sql$, g);
    EXECUTE format($sql$CREATE OR REPLACE VIEW public.reading AS
        SELECT o.time AS phenomenon_time, d.thing, d.property, d.depth, d.label, d.unit,
            o.value, o.raw_value, o.flag,
            CASE o.flag WHEN 1 THEN 'good' WHEN 2 THEN 'not_evaluated' WHEN 3 THEN 'suspect'
                WHEN 4 THEN 'fail' ELSE 'missing' END AS flag_name,
            o.objected AS tests_objected, o.not_evaluated AS tests_not_evaluated,
            o.provisional AND o.time >= s.since AS provisional,
            o.manual_flag <> 0 AS flagged_by_hand, o.counts, d.name AS datastream, o.writer,
            o.sequence, o.position::bigint & 4294967295 AS position
        FROM %1$I.observation AS o
        JOIN %1$I.series AS s ON s.series = o.series
        LEFT JOIN %1$I.datastream AS d ON d.id = s.datastream$sql$, g);
    CREATE OR REPLACE VIEW public.observation AS
        SELECT phenomenon_time, thing, property, depth, label, unit, value, raw_value, flag,
            flag_name, tests_objected, tests_not_evaluated, provisional, flagged_by_hand,
            datastream, writer, sequence, position
        FROM public.reading WHERE counts;
    CREATE OR REPLACE VIEW public.observation_good AS
        SELECT * FROM public.observation WHERE flag <= 2 AND value IS NOT NULL;
    FOREACH level IN ARRAY ARRAY['hourly', 'daily'] LOOP
        EXECUTE format($sql$CREATE OR REPLACE VIEW public.%1$I AS
            SELECT r.time AS start, d.thing, d.property, d.depth, d.label, d.unit, r.count,
                r.good_count, r.min, r.max, r.mean, r.sd, r.first, r.last, r.p10, r.p50, r.p90,
                d.name AS datastream
            FROM %2$I.%1$I AS r
            JOIN %2$I.series AS s ON s.series = r.series
            LEFT JOIN %2$I.datastream AS d ON d.id = s.datastream$sql$, level, g);
    END LOOP;
    EXECUTE format($sql$CREATE OR REPLACE VIEW public.dead_letter AS
        SELECT received_at, topic, device, code, reason, writer, sequence, position
        FROM %I.dead_letter$sql$, g);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tilth_reader') THEN
        GRANT SELECT ON public.thing, public.datastream, public.reading, public.observation,
            public.observation_good, public.hourly, public.daily, public.dead_letter
            TO tilth_reader;
    END IF;
END $body$;

-- Whose rights a person's SQL has. Roles belong to the whole server; another lab may have made it.
DO $body$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tilth_reader') THEN
        CREATE ROLE tilth_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'tilth_reader', 'MEMBER') THEN
        GRANT tilth_reader TO current_user;
    END IF;
EXCEPTION
    WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
        RAISE NOTICE 'the role tilth_reader has to be made by an administrator';
END $body$;
)sql";

}  // namespace

std::span<const Migration> Migrations() {
    static const std::string kFirst = std::string(kLab).append(kGeneration).append(kViews);
    static const std::array kAll = {Migration{.number = 1, .lowest = 1, .sql = kFirst}};
    return kAll;
}

}  // namespace tilth::postgresql
