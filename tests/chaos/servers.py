"""The servers that a cluster stands on, each real, private and in a folder of its own: Mosquitto with Tilth's plugin, a
MongoDB-compatible server, PostgreSQL. Each can be killed, stopped for a while, and started again on its data.
"""

import concurrent.futures
import os
import pathlib
import pwd
import signal
import socket
import subprocess
import threading

from processes import Broker, free_port, start, wait_for

ROOT = pathlib.Path(__file__).parents[2]
FERRETDB = pathlib.Path(os.environ.get("TILTH_FERRETDB_PROGRAM", ROOT / "build/third_party/ferretdb/ferretdb"))
POSTGRESQL = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=pathlib.Path("/nowhere"),
                 key=lambda path: int(path.parent.name))
PASSWORD = "secret"

STARTER = concurrent.futures.ThreadPoolExecutor(1)
"""A child dies with the thread that started it (setpriv --pdeathsig). This one lasts as long as the program."""


def accepts(port):
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return True


def family(pid):
    """A process and its children; one that has ended has none."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [pid, *map(int, children.read_text().split())]
    except FileNotFoundError:
        return [pid]


class Server:
    """`begin` starts the program, `is_ready` says whether it answers."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.log = folder / "server.log"
        self.process = None
        self.starting = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def start(self):
        """Where a supervisor and a fault want the same, one of them starts it."""
        with self.starting:
            if not self.is_alive():
                self.process = STARTER.submit(self.begin).result()
        wait_for(f"{self.name} that answers", self.is_ready, self.process, seconds=120)

    def is_ready(self):
        return accepts(self.port)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        for pid in family(self.process.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        if self.is_alive():
            self.signal(signal.SIGCONT)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """In peace, so that its files are whole."""
        if self.is_alive():
            self.thaw()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def end(self):
        if self.is_alive():
            self.kill()


class Mosquitto(Server):
    """With the plugin of this build, configured as `tilth up` configures its own."""

    def __init__(self, folder, plugin_lines):
        super().__init__("broker", folder)
        self.broker = STARTER.submit(Broker, folder, plugin_lines(folder)).result()
        self.port = self.broker.port
        self.process = self.broker.process

    def begin(self):
        self.broker.start()
        return self.broker.process

    def stop(self):
        if self.is_alive():
            self.thaw()
            self.process.terminate()
            self.process.wait(60)


class Ferretdb(Server):
    """Keeps its data in SQLite files, which can be read without it."""

    def __init__(self, folder):
        super().__init__("mongodb", folder)
        self.port = free_port()
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        self.start()

    def begin(self):
        return start([FERRETDB, "-folder", self.data, "-listen", f"127.0.0.1:{self.port}"], self.log)


class Postgresql(Server):
    """Durable, over TCP, with a password, as the user `postgres` where root runs the tests."""

    def __init__(self, folder, settings=()):
        super().__init__("postgresql", folder)
        self.port = free_port()
        self.data = folder / "data"
        self.user = []
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self.user = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        self.run("initdb", f"--pgdata={self.data}", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                 "--auth=trust", "--no-sync", "--no-instructions")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\nfsync = on\n"
                       "max_connections = 120\nshared_buffers = 64MB\nrestart_after_crash = on\n"
                       + "".join(f"{line}\n" for line in settings))
        self.start()
        self.sql(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'", database="postgres")
        self.sql("CREATE DATABASE lab", database="postgres")
        (self.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self.run("pg_ctl", "reload", "-D", self.data)

    def run(self, program, *arguments):
        done = subprocess.run(["setpriv", *self.user, POSTGRESQL / program, *map(str, arguments)], capture_output=True,
                              text=True, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr

    def begin(self):
        # A killed postmaster's children see it within seconds and leave the shared memory to the next.
        return start(["setpriv", *self.user, POSTGRESQL / "postgres", "-D", self.data], self.log)

    def is_ready(self):
        return self.psql("SELECT 1", "postgres").returncode == 0

    def kill(self):
        """The postmaster and everyone it started: what a power cut of the container is to it."""
        super().kill()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def url(self, port=None, database="lab", user="postgres"):
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{port or self.port}/{database}"

    def psql(self, text, database="lab"):
        return subprocess.run(["psql", "--csv", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-d", self.url(database=database),
                               "-c", text], capture_output=True, text=True, check=False,
                              env={**os.environ, "PGTZ": "UTC", "PGCONNECT_TIMEOUT": "5"})

    def sql(self, text, database="lab"):
        """The answer as CSV with a header."""
        done = self.psql(text, database)
        assert done.returncode == 0, done.stderr
        return done.stdout
