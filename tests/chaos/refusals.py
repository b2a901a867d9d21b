"""Stores that answer, but with errors. Each begin_... puts one way on a server and returns what takes it away again."""

import threading
import time

from mongodb_link import ServerError

MONGODB = (
    ServerError("NotWritablePrimary", 10107),
    ServerError("Unauthorized", 13),
    ServerError("ExceededTimeLimit", 262),
    ServerError("OutOfDiskSpace", 14031),
    ServerError("InterruptedAtShutdown", 11600, has_effect=True),
    ServerError("MaxTimeMSExpired", 50, has_effect=True),
    ServerError("WriteConcernFailed", 64, has_effect=True, is_concern=True),
)
POSTGRESQL = ("takes no writes", "writing is not allowed", "cancels statements", "ends sessions", "too many connections")
HOWS = {"mongodb": tuple(error.name for error in MONGODB), "postgresql": POSTGRESQL}

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lab'"
CANCEL_STATEMENTS = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'lab' AND state = 'active'"
WRITES = """
DO $body$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^(tilth|g[0-9]+)$' LOOP
        EXECUTE format('%s INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I %s lab', '{verb}', place, '{preposition}');
    END LOOP;
END $body$
"""
SETTLED_SECONDS = 60
PAUSE_SECONDS = 0.05


def begin_mongodb(cluster, how):
    error = next(error for error in MONGODB if error.name == how)
    mends = [link.put("errors", error) for link in cluster.network.links.values() if link.server == "mongodb"]
    return lambda: [mend() for mend in mends]


def begin_postgresql(cluster, how):
    server = cluster.servers["postgresql"]
    if how in ("cancels statements", "ends sessions"):
        return again_and_again(server, CANCEL_STATEMENTS if how == "cancels statements" else END_SESSIONS)
    put, mend = {
        "takes no writes": ("ALTER ROLE lab SET default_transaction_read_only = on",
                            "ALTER ROLE lab RESET default_transaction_read_only"),
        "writing is not allowed": (WRITES.format(verb="REVOKE", preposition="FROM"), WRITES.format(verb="GRANT", preposition="TO")),
        "too many connections": ("ALTER ROLE lab CONNECTION LIMIT 0", "ALTER ROLE lab CONNECTION LIMIT -1"),
    }[how]
    server.psql(put)
    if how != "writing is not allowed":
        server.psql(END_SESSIONS)

    def end():
        until_done(server, mend)
        server.psql(END_SESSIONS)

    return end


def until_done(server, statement):
    """Other faults may have taken the server away meanwhile."""
    settled = time.monotonic() + SETTLED_SECONDS
    while (done := server.psql(statement)).returncode != 0:
        if time.monotonic() > settled:
            raise AssertionError(f"the database stays as the test has made it: {done.stderr}")
        time.sleep(0.2)


def again_and_again(server, statement):
    over = threading.Event()

    def run():
        while not over.is_set():
            server.psql(statement)
            over.wait(PAUSE_SECONDS)

    def end():
        over.set()
        thread.join()

    thread = threading.Thread(target=run)
    thread.start()
    return end
