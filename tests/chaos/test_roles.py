"""Each role alone: what its /readyz and /healthz say while its servers are away, what its /metrics hold, and what the logs of
all of them say about one message."""

import json
import subprocess
import time

import pytest
import servers
from cluster import Cluster
from processes import wait_for

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, SPAN = PARENT.split("-")[1:3]

METRICS = {
    "route": {"tilth_route_messages_total", "tilth_route_bytes_total", "tilth_route_commit_seconds_bucket",
              "tilth_route_commit_messages_bucket", "tilth_route_unacknowledged_messages", "tilth_route_connected",
              "tilth_broker_journal_messages", "tilth_broker_journal_bytes", "tilth_broker_journal_limit_bytes",
              "tilth_broker_journal_left_seconds", "tilth_broker_journal_sync_seconds"},
    "process": {"tilth_process_records_total", "tilth_process_dead_letters_total", "tilth_process_step_seconds_bucket",
                "tilth_process_step_rows_bucket", "tilth_process_oldest_unprocessed_seconds",
                "tilth_process_partition_lag_records", "tilth_process_lease_changes_total",
                "tilth_process_revised_rows_total"},
    "serve": {"tilth_http_handler_seconds_bucket", "tilth_http_connections", "tilth_http_connections_limit",
              "tilth_http_workers_busy", "tilth_http_workers_busy_limit", "tilth_process_oldest_unprocessed_seconds"},
}
STORES = {"route": {"mongodb"}, "process": {"mongodb", "postgresql"}, "serve": {"mongodb", "postgresql"}}


@pytest.fixture(scope="module")
def cluster(request):
    """One of each role, which tells about each message."""
    if not servers.FERRETDB.exists() or not servers.POSTGRESQL.exists():
        pytest.skip("no MongoDB-compatible server, or no PostgreSQL")
    folder = request.config.evidence / "roles"
    folder.mkdir()
    one = Cluster(folder, counts={"route": 1, "process": 1, "serve": 1}, options=["--log-level", "debug"])
    try:
        one.wait_until_ready()
        yield one
    finally:
        one.end()
        one.unmount()


def publish(cluster, payload, *properties):
    words = [word for name, value in properties for word in ("-D", "publish", "user-property", name, value)]
    subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(cluster.servers["broker"].port), "-q", "1",
                    "-t", "sensors", "-m", payload, *words], check=True, timeout=20)


def lines(role, **fields):
    """Of its log, those with these fields."""
    found = []
    for line in role.log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            if all(entry.get(name) == value for name, value in fields.items()):
                found.append(entry)
    return found


def answer(role, path):
    status, body = role.get(path, seconds=60)
    assert status == 200, body
    return json.loads(body)


def role(cluster, kind):
    return cluster.roles[f"{kind}-0"]


def test_one_id_and_the_publishers_trace_follow_a_message_through_all_roles(cluster):
    route, process, serve = (role(cluster, kind) for kind in ("route", "process", "serve"))
    publish(cluster, '{"device": "traced", "time": "2025-05-01T06:00:00Z", "temp": 12.5}',
            ("traceparent", PARENT), ("tracestate", "vendor=1"))
    stored = wait_for("a line about it", lambda: lines(route, message="message stored", trace_id=TRACE), seconds=60)[0]
    assert stored["span_id"] == SPAN
    message = stored["message_id"]
    processed = wait_for("the processor's line", lambda: lines(process, message="message processed", message_id=message),
                         seconds=60)[0]
    assert processed["trace_id"] == TRACE and processed["record"] == stored["record"] and processed["readings"] == 1
    datastream = wait_for("its datastream", lambda: [one["name"] for one in answer(serve, "/api/v1/datastreams")["datastreams"]
                                                     if one["name"].startswith("traced/")], seconds=60)[0]
    explained = answer(serve, f"/api/v1/explanations?datastream={datastream}&time=2025-05-01T06:00:00Z")
    assert (explained["message_id"], explained["traceparent"], explained["tracestate"]) == (message, PARENT, "vendor=1")
    raw = answer(serve, f"/api/v1/raw/{stored['record']}")
    assert (raw["id"], raw["traceparent"], raw["note"]) == (message, PARENT, "")
    assert lines(serve, message="a reading was explained", message_id=message, trace_id=TRACE)


def test_a_message_that_is_not_understood_is_named_with_its_trace_at_level_info(cluster):
    serve = role(cluster, "serve")
    publish(cluster, "not json", ("traceparent", PARENT))
    told = wait_for("a line about it", lambda: lines(role(cluster, "process"), message="message not understood"), seconds=60)[0]
    assert told["level"] == "info" and told["code"] == "not_json" and told["trace_id"] == TRACE
    letter = wait_for("the dead letter", lambda: answer(serve, "/api/v1/dead-letters")["dead_letters"], seconds=60)[0]
    assert (letter["message_id"], letter["traceparent"]) == (told["message_id"], PARENT)


@pytest.mark.parametrize("kind", METRICS)
def test_a_role_exposes_its_metrics(cluster, kind):
    def names():
        status, body = role(cluster, kind).get("/metrics", seconds=60)
        assert status == 200
        return {line.split("{")[0].split(" ")[0] for line in body.decode().splitlines() if line and line[0] != "#"}

    publish(cluster, "not json")  # a reason for a dead letter is exposed once there is one
    wait_for("the metrics of the broker", lambda: METRICS[kind] <= names(), seconds=60)
    text = role(cluster, kind).get("/metrics", seconds=60)[1].decode()
    for store in STORES[kind]:
        assert f'tilth_store_connections_in_use{{store="{store}"}}' in text
        assert f'tilth_store_connections_limit{{store="{store}"}} 1' in text  # 100 or more


# ---------------------------------------------------------------- what a role needs


def ready(one):
    """The answer, and why not."""
    status, body = one.get("/readyz", seconds=5)
    return status == 200, body.decode()


def is_alive(one):
    return one.get("/healthz", seconds=5)[0] == 200


@pytest.fixture
def away(cluster):
    """away(name): the server stops, until the end of the test."""
    gone = []

    def take(name):
        cluster.supervisor.excuse(name)
        cluster.servers[name].kill()
        gone.append(name)

    yield take
    for name in gone:
        cluster.servers[name].start()
        cluster.supervisor.watch(name)
    cluster.wait_until_ready()


def check_waits(one, word):
    """Not ready, for a reason with this word, and alive all the time."""
    wait_for(f"{one.name} that is not ready", lambda: not ready(one)[0], one.process, seconds=60)
    assert word in ready(one)[1]
    assert is_alive(one)


def check_stays_ready(one, seconds=3):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert ready(one)[0] and is_alive(one), ready(one)[1]
        time.sleep(0.2)


def test_without_the_broker_a_router_is_not_ready_and_the_others_are(cluster, away):
    away("broker")
    check_waits(role(cluster, "route"), "broker")
    check_stays_ready(role(cluster, "process"))
    check_stays_ready(role(cluster, "serve"))


def test_without_the_stream_store_a_router_and_a_processor_are_not_ready(cluster, away):
    away("mongodb")
    check_waits(role(cluster, "route"), "stream_store")  # although no message comes
    check_waits(role(cluster, "process"), "process")
    # Results are served without it; what needs it says so.
    serve = role(cluster, "serve")
    check_stays_ready(serve)
    assert serve.get("/api/v1/observations?format=csv", seconds=60)[0] == 200
    assert serve.get("/api/v1/raw/1/1", seconds=60)[0] == 503


def test_without_the_processed_store_a_processor_and_a_server_are_not_ready(cluster, away):
    away("postgresql")
    check_waits(role(cluster, "process"), "process")
    check_waits(role(cluster, "serve"), "process")
    check_stays_ready(role(cluster, "route"))


@pytest.mark.parametrize("kind", ["route", "process", "serve"])
@pytest.mark.parametrize("store", ["mongodb", "postgresql"])
def test_who_is_asked_for_metrics_while_a_store_hangs_still_says_that_it_is_alive(cluster, kind, store):
    if store not in STORES[kind]:
        pytest.skip(f"{kind} does not use it")
    one, server = role(cluster, kind), cluster.servers[store]
    server.freeze()
    try:
        asked = [subprocess.Popen(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{one.port}/metrics"])
                 for _ in range(5)]
        for _ in range(20):
            assert is_alive(one)
            time.sleep(0.1)
    finally:
        server.thaw()
        for each in asked:
            each.wait(60)
    cluster.wait_until_ready()
