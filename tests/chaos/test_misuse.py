"""Roles whose stores are not as they should be: each says once, in a clear sentence, what it waits for, does not spin, and
goes on by itself when the store is put right."""

import http.client
import json
import os
import pathlib
import subprocess
import time

import places
import pytest
import servers
from links import Network
from mongodb_link import MongodbLink, ServerError
from processes import environment, free_port, start, wait_for

TICKS = os.sysconf("SC_CLK_TCK")


class Waiting:
    """`tilth ROLE` with these stores; started at once."""

    def __init__(self, folder, role, stream, processed, *more):
        self.log = folder / "log.json"
        self.port = free_port()
        results = [] if role == "route" else ["--processed", processed]
        self.process = start([places.TILTH, role, "--http", f"127.0.0.1:{self.port}", "--log-format", "json", "--stream", stream,
                              *results, *more], self.log)

    def lines(self):
        """Of the log, as objects."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def complaints(self):
        return [json.dumps(line) for line in self.lines() if line.get("level") in ("warning", "error")]

    def ready(self):
        """(status, text) of /readyz."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def wait_until_ready(self):
        wait_for("a role that is ready", lambda: self.ready()[0] == 200, self.process, seconds=60)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def process(request, stores, tmp_path):
    """process(processed=URL, stream=URL, role="process"): a role that ends with the test."""
    begun = []

    def begin(processed=None, stream=None, role="process", more=()):
        mongodb, postgresql = stores
        begun.append(Waiting(tmp_path, role, stream or stream_url(mongodb), processed or postgresql.url(database=new(postgresql)),
                             *more))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


def new(postgresql):
    """A new database; returns its name."""
    name = f"misuse_{free_port()}"
    postgresql.sql(f"CREATE DATABASE {name}", database="postgres")
    return name


def stream_url(mongodb, database=None):
    return f"mongodb://127.0.0.1:{mongodb.port}/{database or f'sensor{free_port()}'}"


def check_waits(one, *words, repeats=1):
    """It says these words once, is not ready because of it, and is idle meanwhile."""
    wait_for("a complaint", one.complaints, one.process, seconds=30)
    before = one.cpu_seconds()
    wait_for("some time", Elapsed(3), one.process)
    assert one.cpu_seconds() - before < 1.0, "it spins"
    complaints = one.complaints()
    status, text = one.ready()
    for word in words:
        assert word in complaints[0], complaints
        assert word in text, text
    assert status == 503
    assert len(complaints) == repeats, complaints


class Elapsed:
    """True after so many seconds: for what must not happen in the meantime."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def __call__(self):
        return time.monotonic() > self.end


def test_a_wrong_password_is_said_and_waited_for(process, stores):
    postgresql = stores[1]
    database = new(postgresql)
    one = process(postgresql.url(database=database).replace(servers.PASSWORD, "wrong"))
    check_waits(one, "password")
    assert "wrong@" not in one.log.read_text()
    postgresql.sql("ALTER ROLE postgres PASSWORD 'wrong'", database="postgres")
    try:
        one.wait_until_ready()
    finally:
        postgresql_with(postgresql, "wrong")


def postgresql_with(postgresql, password):
    """Gives the role its password back, knowing only the present one."""
    url = postgresql.url(database="postgres").replace(servers.PASSWORD, password)
    done = subprocess.run(["psql", "-d", url, "-c", f"ALTER ROLE postgres PASSWORD '{servers.PASSWORD}'"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_database_that_is_not_there_is_named_and_waited_for(process, stores):
    postgresql = stores[1]
    name = f"absent_{free_port()}"
    one = process(postgresql.url(database=name))
    check_waits(one, name)
    postgresql.sql(f"CREATE DATABASE {name}", database="postgres")
    one.wait_until_ready()


def test_a_user_without_rights_is_told_so_and_waited_for(process, stores):
    postgresql = stores[1]
    database = new(postgresql)
    user = f"guest_{free_port()}"
    postgresql.sql(f"CREATE ROLE {user} LOGIN PASSWORD '{servers.PASSWORD}'", database="postgres")
    one = process(postgresql.url(database=database, user=user))
    check_waits(one, "ermission")
    postgresql.sql(f"GRANT CREATE ON DATABASE {database} TO {user}; ALTER DATABASE {database} OWNER TO {user};"
                   f" ALTER ROLE {user} CREATEROLE", database="postgres")
    postgresql.sql(f"GRANT ALL ON SCHEMA public TO {user}", database=database)
    one.wait_until_ready()


def test_a_server_that_is_read_only_is_said_and_waited_for(process, stores):
    postgresql = stores[1]
    database = new(postgresql)
    postgresql.sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on", database="postgres")
    one = process(postgresql.url(database=database))
    check_waits(one, "read-only")
    postgresql.sql(f"ALTER DATABASE {database} RESET default_transaction_read_only", database="postgres")
    one.wait_until_ready()


def test_servers_that_come_last_are_waited_for(process, stores):
    port = free_port()
    one = process(stream=f"mongodb://127.0.0.1:{port}/sensor")
    check_waits(one, f"127.0.0.1:{port}")
    network = Network()
    network.connect("process", "mongodb", stores[0].port, own_port=port)
    one.wait_until_ready()
    network.stop()


def test_two_labs_on_one_database_are_refused(process, stores, tmp_path):
    mongodb, postgresql = stores
    database = new(postgresql)
    first = process(postgresql.url(database=database), stream_url(mongodb, "first"))
    first.wait_until_ready()
    (tmp_path / "second").mkdir()
    second = Waiting(tmp_path / "second", "process", stream_url(mongodb, "second"), postgresql.url(database=database))
    try:
        assert second.process.wait(30) != 0
        assert "they are not a pair" in second.log.read_text()
        assert first.ready()[0] == 200
    finally:
        second.end()


def test_a_schema_that_is_too_new_is_refused(process, stores):
    postgresql = stores[1]
    database = new(postgresql)
    first = process(postgresql.url(database=database))
    first.wait_until_ready()
    first.end()
    postgresql.sql("INSERT INTO tilth.schema_version (number, lowest) VALUES (9999, 9999)", database=database)
    before = len(first.complaints())  # of the same log
    second = process(postgresql.url(database=database))
    wait_for("an end, or a complaint", lambda: second.process.poll() is not None or len(second.complaints()) > before,
             seconds=30)
    assert "9999" in second.log.read_text()


def test_a_second_router_with_the_same_ordinal_is_said(stores, tmp_path):
    """Mosquitto 2.0 takes the session away without a reason; other brokers say so, and the router ends."""
    broker = servers.Mosquitto(tmp_path, places.plugin_lines)
    command = [places.TILTH, "route", "--http", "127.0.0.1:0", "--log-format", "json", "--broker",
               f"mqtt://127.0.0.1:{broker.port}", "--stream", stream_url(stores[0], "routers"), "--ordinal", 7]
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    routers = []
    try:
        for log in logs:
            routers.append(start(command, log))
            wait_for("a router that is connected", lambda log=log: "connected to the MQTT broker" in log.read_text())
        wait_for("a word of the first", lambda: "look for another process with client id" in logs[0].read_text(), seconds=30)
    finally:
        for router in routers:
            router.kill()
            router.wait()
        broker.end()


@pytest.mark.parametrize("options", [("--stream", "sqlite:stream.sqlite"), ("--stream", "redis://somewhere")],
                         ids=lambda options: options[1])
def test_stores_that_cannot_be_shared_are_refused(options, tmp_path):
    log = tmp_path / "log"
    one = start([places.TILTH, "process", *options, "--http", "127.0.0.1:0"], log)
    assert one.wait(30) != 0
    assert "mongodb://" in log.read_text()


def test_a_router_that_still_runs_is_not_drained(stores, tmp_path):
    broker = servers.Mosquitto(tmp_path, places.plugin_lines)
    settings = ["--log-format", "json", "--broker", f"mqtt://127.0.0.1:{broker.port}", "--ordinal", "1",
                "--stream", stream_url(stores[0], "drained")]
    router = start([places.TILTH, "route", "--http", "127.0.0.1:0", *settings], tmp_path / "router.log")

    def drain():
        return subprocess.run([places.TILTH, "route", "drain", *settings], capture_output=True, text=True, timeout=120, check=False,
                              env=environment())

    def publish(count):
        for number in range(count):
            subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", "sensors", "-m",
                            json.dumps({"name": "drained", "value": number})], check=True)

    try:
        wait_for("a connected router", lambda: "connected to the MQTT broker" in (tmp_path / "router.log").read_text(), router)
        refused = drain()
        assert refused.returncode == 4, refused.stderr
        assert "router 1 seems to run still" in refused.stderr
        router.terminate()
        assert router.wait(30) == 0
        publish(5)
        done = drain()
        assert done.returncode == 0, done.stderr
        assert "5 messages were waiting for it" in done.stdout + done.stderr
        publish(5)  # the session has ended: nothing is kept for this router any more
        again = drain()
        assert "router 1 is drained: 0 messages were waiting" in again.stdout + again.stderr
    finally:
        if router.poll() is None:
            router.kill()
            router.wait()
        broker.end()


class BreakingLink(MongodbLink):
    """Lets `passing` commands pass; the next ones are refused until it is mended."""

    passing = 0

    def error(self):
        self.passing -= 1
        return ServerError("Unauthorized", 13) if self.passing < 0 else None


def is_up(one, role):
    """The role's own check, whatever it thinks of its broker."""
    return {check["name"]: check["ready"] for check in json.loads(one.ready()[1])["checks"]}[role]


@pytest.mark.parametrize("role", ["route", "process", "serve"])
def test_a_store_that_fails_anywhere_in_a_start_is_waited_for(process, stores, role):
    mongodb, postgresql = stores
    name = new(postgresql)
    first = process(postgresql.url(database=name), stream_url(mongodb, name))
    first.wait_until_ready()
    first.end()
    network, refused = Network(), 0
    for passing in range(12):
        link = network.connect(f"{role}-{passing}", "mongodb", mongodb.port, kind=BreakingLink)
        link.passing = passing
        one = process(postgresql.url(database=name), f"mongodb://127.0.0.1:{link.port}/{name}", role,
                      ["--broker", f"mqtt://127.0.0.1:{free_port()}"] if role == "route" else [])
        wait_for("a refusal or a role that is up", lambda link=link, one=one: link.refused or is_up(one, role), one.process, 60)
        refused += link.refused > 0
        link.passing = 1_000_000
        wait_for("a role that is up", lambda one=one: is_up(one, role), one.process, seconds=60)
        one.end()
    network.stop()
    assert refused >= 3
