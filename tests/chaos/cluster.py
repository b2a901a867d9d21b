"""A whole lab on servers: Mosquitto with the plugin, a MongoDB-compatible server, PostgreSQL, routers, processors and
servers of the API, each a process of its own, each pair joined by a link of its own.
"""

import http.client
import json
import os
import signal
import subprocess
import threading
import time

import places
import servers
from links import Link, Network
from mongodb_link import MongodbLink
from processes import environment, free_port, start, wait_for

LEASE_SECONDS = 4
USES = {"route": ("broker", "mongodb"), "process": ("mongodb", "postgresql"), "serve": ("mongodb", "postgresql")}
COUNTS = {"route": 2, "process": 3, "serve": 2}
DISK_MEGABYTES = 600


class Asked:
    """A process of this build that answers HTTP on a port of its own."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.folder.mkdir()
        self.log = folder / "log.json"
        self.port = free_port()
        self.process = None

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def get(self, path, seconds=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Role(Asked):
    """One process `tilth ROLE`, started again on the same address as often as one likes."""

    def __init__(self, cluster, kind, ordinal):
        super().__init__(f"{kind}-{ordinal}", cluster.folder / f"{kind}-{ordinal}")
        self.cluster = cluster
        self.kind = kind
        self.ordinal = ordinal
        self.shift = self.folder / "shift"
        self.links = {server: cluster.network.connect(self.name, server, cluster.servers[server].port,
                                                      kind=MongodbLink if server == "mongodb" else Link) for server in USES[kind]}
        self.urls = cluster.urls(self.links)
        self.starting = threading.Lock()
        self.readiness = Readiness(self)

    def command(self):
        options = ["--http", f"127.0.0.1:{self.port}", "--log-format", "json", "--stream", self.urls["mongodb"],
                   *self.cluster.options]
        if self.kind == "route":
            options += ["--broker", self.urls["broker"], "--ordinal", self.ordinal]
        elif self.kind == "process":
            options += ["--lease", f"{LEASE_SECONDS}s"]
        words = [places.TILTH, self.kind, *options]
        if self.kind == "route":
            return words
        # The database is told the process's number, by which the audit knows it again (audit.py).
        return ["sh", "-c", 'exec "$@" --processed "$0?application_name=$$"', self.urls["postgresql"], *words]

    def start(self):
        extra = {"MUTANT": os.environ["MUTANT"]} if "MUTANT" in os.environ else {}
        if places.SHIFTED_CLOCK.exists():
            extra |= {"LD_PRELOAD": str(places.SHIFTED_CLOCK), "SHIFTED_CLOCK": str(self.shift)}
        with self.starting:  # a supervisor and a fault may want the same
            if not self.is_alive():
                self.process = servers.STARTER.submit(start, self.command(), self.log, extra).result()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """The exit status; None: it had to be killed after 30 s."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def last_words(self):
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " | ".join(lines[-3:])


class Readiness:
    """Asks a role now and then whether it is ready, and keeps the times at which the answer changed."""

    def __init__(self, role):
        self.role = role
        self.is_ready = False
        self.reason = "not started"
        self.changes = []
        self.is_stopped = False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while not self.is_stopped:
            try:
                status, body = self.role.get("/readyz", seconds=1)
                ready, self.reason = status == 200, body.decode(errors="replace")
            except (OSError, http.client.HTTPException) as error:
                ready, self.reason = False, repr(error)
            if ready != self.is_ready:
                self.is_ready = ready
                self.changes.append((time.time(), ready))
            time.sleep(0.2)


class Replay(Asked):
    """`tilth up` on the cluster's stream and an empty store of its own. The roles have ended: it takes a router's place."""

    def __init__(self, cluster):
        super().__init__("replay", cluster.folder / "replay")
        broker, mongodb = cluster.servers["broker"], cluster.servers["mongodb"]
        self.command = [places.TILTH, "up", "--no-emulate", "--http", f"127.0.0.1:{self.port}", "--data", self.folder / "data",
                        "--broker", f"mqtt://127.0.0.1:{broker.port}", "--stream", f"mongodb://127.0.0.1:{mongodb.port}/sensor"]

    def start(self):
        self.process = servers.STARTER.submit(start, self.command, self.log).result()
        wait_for("a replay that answers", lambda: self.get("/healthz"), self.process, seconds=60)

    def readings(self):
        """As soon as nothing waits."""
        if json.loads(self.get("/api/v1/status")[1])["lag"]["records"] != 0:
            return -1
        return self.get("/api/v1/observations?format=csv", seconds=60)[1].count(b"\n") - 1

    def end(self):
        if self.is_alive():
            self.kill()


class Supervisor:
    """Starts again what ended by itself, as Kubernetes would, and notes it. What a fault has ended is that fault's."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.excused = set()
        self.ended = []
        self.is_stopped = False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def excuse(self, name):
        with self.lock:
            self.excused.add(name)

    def watch(self, name):
        with self.lock:
            self.excused.discard(name)

    def run(self):
        while not self.is_stopped:
            for name, one in self.cluster.everything().items():
                with self.lock:
                    if name in self.excused or one.is_alive():
                        continue
                    self.ended.append((time.time(), name, one.process.returncode, one))
                self.restart(one)
            time.sleep(0.1)

    @staticmethod
    def restart(one):
        try:
            one.start()
        except AssertionError:
            pass  # it ended again, and its turn comes again

    def stop(self):
        self.is_stopped = True
        self.thread.join(150)


class Cluster:
    def __init__(self, folder, disks=False, counts=None, options=()):
        """With `disks` each server has a small file system of its own, which can be filled; needs root. `counts`: of each
        role; `options`: of every role."""
        folder.chmod(0o755)
        self.counts = counts or COUNTS
        self.options = options
        self.folder = folder
        self.network = Network()
        self.disks = {}
        self.no_disks_because = "that needs root"
        self.servers = {}
        self.roles = {}
        self.supervisor = None
        try:
            self.begin(disks)
        except BaseException:
            self.end()
            self.unmount()
            raise

    def begin(self, disks):
        folder = self.folder
        for name in ("broker", "mongodb", "postgresql"):
            (folder / name).mkdir()
            if disks:
                self.mount(name)
        self.servers["broker"] = servers.Mosquitto(folder / "broker", places.plugin_lines)
        self.servers["mongodb"] = servers.Ferretdb(folder / "mongodb")
        self.servers["postgresql"] = servers.Postgresql(folder / "postgresql", ["max_wal_size = 64MB", "min_wal_size = 32MB"])
        # The owner of the lab's database, and no more: rights can be taken from it.
        self.servers["postgresql"].sql(f"CREATE ROLE lab LOGIN CREATEROLE PASSWORD '{servers.PASSWORD}';"
                                       " ALTER DATABASE lab OWNER TO lab", database="postgres")
        self.publishers_link = self.network.connect("publishers", "broker", self.servers["broker"].port)
        for kind, count in self.counts.items():
            for ordinal in range(count):
                role = Role(self, kind, ordinal)
                self.roles[role.name] = role
        for role in self.roles.values():
            role.start()
        self.supervisor = Supervisor(self)

    def mount(self, name):
        place = self.folder / name
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", place], capture_output=True,
                              text=True, check=False)
        if done.returncode == 0:
            self.disks[name] = place
        else:
            self.no_disks_because = done.stderr.strip()

    def urls(self, links):
        """Addresses by the links, of those servers that there are links to."""
        make = {"broker": lambda port: f"mqtt://127.0.0.1:{port}",
                "mongodb": lambda port: f"mongodb://127.0.0.1:{port}/sensor",
                "postgresql": lambda port: self.servers["postgresql"].url(port, user="lab")}
        return {server: make[server](link.port) for server, link in links.items()}

    def everything(self):
        return {**self.roles, **self.servers}

    def of_kind(self, kind):
        return [role for role in self.roles.values() if role.kind == kind]

    def wait_until_ready(self, seconds=120):
        """Seconds until every role said so."""
        begin = time.monotonic()
        try:
            wait_for("every role ready", lambda: all(role.readiness.is_ready for role in self.roles.values()), seconds=seconds)
        except AssertionError:
            waiting = [f"{role.name}: {role.readiness.reason}; {role.last_words()}" for role in self.roles.values()
                       if not role.readiness.is_ready]
            raise AssertionError("not ready: " + "\n".join(waiting)) from None
        return time.monotonic() - begin

    def lag(self):
        """Records that wait to be processed, as any server knows it."""
        for server in self.of_kind("serve"):
            try:
                status, body = server.get("/api/v1/status")
            except (OSError, http.client.HTTPException):
                continue
            if status == 200:
                return json.loads(body)["lag"]["records"]
        return None

    def readings(self):
        done = self.servers["postgresql"].psql("SELECT count(*) AS n FROM observation")
        return int(done.stdout.split()[-1]) if done.returncode == 0 else -1

    def tilth(self, *arguments):
        """A command on the cluster's stores, without links between."""
        urls = {name: (f"mongodb://127.0.0.1:{self.servers[name].port}/sensor" if name == "mongodb"
                       else self.servers[name].url()) for name in ("mongodb", "postgresql")}
        return subprocess.run([places.TILTH, *arguments, "--stream", urls["mongodb"], "--processed", urls["postgresql"]],
                              capture_output=True, text=True, env=environment(), check=False)

    def stop_roles(self):
        """Exit statuses of all roles, asked to stop in peace."""
        self.supervisor.stop()
        for role in self.roles.values():
            role.readiness.is_stopped = True
        return {name: role.stop() for name, role in self.roles.items() if role.is_alive()}

    def end(self):
        if self.supervisor is not None:
            self.supervisor.stop()
        for role in self.roles.values():
            role.readiness.is_stopped = True
            if role.is_alive():
                role.kill()
        for server in self.servers.values():
            server.end()
        self.network.stop()

    def unmount(self):
        """What stands on the small file systems goes with them."""
        for place in self.disks.values():
            subprocess.run(["umount", "-l", place], check=False)
