"""Watches inside the database that nobody moves a cursor without a lease: a trigger of this test's own, which knows
nothing of the program's checks.

Each processor's connections carry its process number as application_name, and the owner of a lease is named
HOST/NUMBER/START. A move of a partition's cursor by a connection whose process holds no lease of that partition at this
moment is noted in the same transaction, so that only those are seen that were committed.
"""

TABLES = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.audit (at timestamptz, process text, partition int, why text);
CREATE TABLE chaos.moves (process text PRIMARY KEY, transactions bigint);
GRANT USAGE ON SCHEMA chaos TO PUBLIC;

CREATE FUNCTION chaos.watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$
DECLARE
    process text := current_setting('application_name');
    held tilth.lease;
BEGIN
    SELECT * INTO held FROM tilth.lease WHERE split_part(owner, '/', 2) = process AND until > clock_timestamp();
    INSERT INTO chaos.audit
        SELECT clock_timestamp(), process, p, CASE WHEN held.owner IS NULL THEN 'it has no lease' ELSE 'its lease is for others' END
        FROM generate_series(0, 255) AS p
        WHERE NEW.positions[p + 1] IS DISTINCT FROM OLD.positions[p + 1]
            AND (held.owner IS NULL OR get_bit(held.partitions, p) = 0);
    INSERT INTO chaos.moves VALUES (process, 1)
        ON CONFLICT ON CONSTRAINT moves_pkey DO UPDATE SET transactions = chaos.moves.transactions + 1;
    RETURN NULL;
END $body$;
"""

WATCH_EACH = """
DO $body$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^g[0-9]+$' LOOP
        EXECUTE format('CREATE TRIGGER chaos AFTER UPDATE ON %I.cursor FOR EACH ROW EXECUTE FUNCTION chaos.watch()', place);
    END LOOP;
END $body$;
"""


def begin(postgresql):
    """The lab has a generation."""
    postgresql.sql(TABLES)
    postgresql.sql(WATCH_EACH)


def violations(postgresql):
    return postgresql.sql("SELECT * FROM chaos.audit ORDER BY at LIMIT 20").splitlines()[1:]


def watched(postgresql):
    """How many processes moved cursors, and in how many transactions."""
    processes, moves = postgresql.sql("SELECT count(*), sum(transactions) FROM chaos.moves").splitlines()[1].split(",")
    return int(processes), int(moves or 0)
