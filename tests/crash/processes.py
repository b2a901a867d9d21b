"""The processes of a crash run: a broker, `tilth up`, publishers, and what one does to them.

Each child dies with this process (setpriv --pdeathsig), so that a run that is ended from outside leaves nothing.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
PATIENCE_SECONDS = 900


def free_port():
    """One that was free a moment ago, and below those that the kernel gives to outgoing connections: a server that is
    down for a while finds it free again."""
    while True:
        with socket.socket() as one, contextlib.suppress(OSError):
            port = random.randrange(10_000, 32_000)
            one.bind(("127.0.0.1", port))
            return port


def wait_for(what, condition, process=None, seconds=PATIENCE_SECONDS):
    """The first true value of `condition`, which may raise OSError meanwhile. AssertionError after `seconds`, or when
    `process` has ended."""
    end = time.monotonic() + seconds
    reason = None
    while time.monotonic() < end:
        assert process is None or process.poll() is None, f"{what}: the process ended with {process.returncode}"
        try:
            if value := condition():
                return value
        except OSError as error:
            reason = error
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {seconds} s ({reason})")


def environment():
    """Without the variables of the tests: the program refuses a TILTH_ variable that it does not know."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TILTH_")}
    return {**own, "NO_COLOR": "1", "TZ": "UTC"}


def start(command, log, extra=None):
    """`extra`: variables of the environment."""
    with open(log, "ab") as out:
        return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.STDOUT, env={**environment(), **(extra or {})})


class Broker:
    """A real Mosquitto, configured as `tilth up` configures its own. `lines` of configuration are added: a plugin's."""

    def __init__(self, folder, lines="", extra=None):
        self.folder = folder
        self.port = free_port()
        self.extra = extra
        self.process = None
        folder.mkdir(exist_ok=True)
        (folder / "mosquitto.conf").write_text(
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\nautosave_on_changes false\n"
            "max_queued_messages 0\nmax_inflight_messages 1000\nallow_anonymous true\nset_tcp_nodelay true\n"
            f"log_dest stderr\nlog_type error\nlog_type warning\nuser root\nlistener {self.port} 127.0.0.1\n{lines}")
        self.start()

    def start(self):
        self.process = start(["mosquitto", "-c", self.folder / "mosquitto.conf"], self.folder / "mosquitto.log", self.extra)
        wait_for("a broker that accepts connections", self.accepts, self.process)

    def accepts(self):
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return True

    def kill(self):
        assert self.process.poll() is None, f"the broker ended by itself with {self.process.returncode}"
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Lab:
    """`tilth up` on a folder of its own; killed and started again as often as one likes."""

    def __init__(self, folder, broker, binary=None, extra=None):
        self.binary = binary or os.environ["TILTH_BINARY"]
        self.extra = extra
        self.folder = folder
        self.data = folder / "data"
        self.broker = broker
        self.http_port = free_port()
        self.process = None

    def command(self):
        return [self.binary, "up", "--data", self.data, "--broker", f"mqtt://127.0.0.1:{self.broker.port}", "--no-emulate",
                "--http", f"127.0.0.1:{self.http_port}"]

    def start(self):
        self.process = start(self.command(), self.folder / "up.log", self.extra)

    def wait(self, seconds):
        """Lets it live so long. This is when to kill, not what to wait for."""
        time.sleep(seconds)

    def kill(self):
        assert self.process.poll() is None, f"`tilth up` ended by itself with {self.process.returncode}"
        self.process.kill()
        self.process.wait()

    def stop(self, number=signal.SIGINT):
        """Seconds it took, and the exit status."""
        begin = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - begin, status

    def end(self):
        """However it stands."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=30) as response:
            return json.load(response)

    def wait_until_up(self):
        """Seconds until the lab answers."""
        begin = time.monotonic()
        wait_for("a lab that answers", lambda: self.get("/healthz"), self.process)
        return time.monotonic() - begin

    def wait_until_subscribed(self):
        def is_subscribed():
            broker = self.get("/api/v1/status").get("broker")  # not there before the lab routes
            return broker is not None and broker["state"] == "connected"

        wait_for("a lab that has subscribed", is_subscribed, self.process)

    def wait_until_processed(self, thing, count):
        """Seconds until `count` readings of a thing can be read, and nothing more waits to be processed."""
        begin = time.monotonic()

        def is_there():
            series = self.get(f"/api/v1/observations?thing={thing}")["series"]
            return series and len(series[0]["rows"]) >= count

        wait_for(f"{count} readings of {thing}", is_there, self.process)
        took = time.monotonic() - begin
        wait_for("no lag", lambda: self.get("/api/v1/status")["lag"]["records"] == 0, self.process)
        return took

    def run(self, *arguments):
        """A subcommand on this lab's folder."""
        return subprocess.run([self.binary, *arguments, "--data", self.data], capture_output=True, text=True,
                              env=environment(), check=False)


class Publisher:
    def __init__(self, ledger, name, broker, qos, mqtt, seed, bare=False, patient=False, jumping=False):
        self.name = name
        self.acked = ledger / f"{name}.acked"
        kind = ["--bare"] * bare + ["--patient"] * patient + ["--jumping"] * jumping
        self.log = ledger / f"{name}.log"
        self.process = start([sys.executable, HERE / "publisher.py", ledger, name, "--port", broker.port, "--qos", qos,
                              "--mqtt", mqtt, "--seed", seed, *kind], self.log)

    def acknowledged(self):
        return self.acked.read_bytes().count(b"\n") if self.acked.exists() else 0

    def stop(self):
        """Until all it sent is acknowledged."""
        self.process.terminate()
        status = self.process.wait(PATIENCE_SECONDS)
        assert status == 0, f"publisher {self.name}: status {status}\n{self.log.read_text()}"

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
