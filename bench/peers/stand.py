"""What the comparisons share: private servers, the publisher of `tilth bench`, roles of Tilth, CPU time, the table."""

import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
TILTH = pathlib.Path(os.environ["TILTH_BINARY"]).resolve()
PLUGIN = TILTH.parents[1] / "lib/tilth/tilth_mosquitto.so"
sys.path[1:1] = [str(ROOT / "tests/chaos"), str(ROOT / "tests/crash")]

import servers  # noqa: E402
from processes import environment, free_port, wait_for  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 300
SERIES = 1000


class Stand:
    """Servers in a folder of their own, which goes away with them."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tilth-peers-"))
        self.folder.chmod(0o755)
        self.started = []
        self.count = 0
        self.epoch = int(time.time() // 3600 - 48) * 3600  # of the first message; each device's next is a minute later

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in reversed(self.started):
            one.end()
        shutil.rmtree(self.folder)

    def new_folder(self, name):
        self.count += 1
        folder = self.folder / f"{name}-{self.count}"
        folder.mkdir()
        return folder

    def keep(self, one):
        self.started.append(one)
        return one

    def broker(self, sync):
        """Mosquitto with Tilth's plugin, as `tilth up` sets it up; `sync` as its --broker-sync, or "none": no plugin."""

        def lines(folder):
            chosen = {"journal": folder / "journal", "database": folder / "mosquitto.db", "sync": sync, "access": "open"}
            options = "".join(f"plugin_opt_{name} {value}\n" for name, value in chosen.items())
            return "" if sync == "none" else f"plugin {PLUGIN}\n{options}"

        return self.keep(servers.Mosquitto(self.new_folder("broker"), lines))

    def mongodb(self):
        return self.keep(servers.Ferretdb(self.new_folder("mongodb")))

    def postgresql(self):
        return self.keep(servers.Postgresql(self.new_folder("postgresql"), ["max_wal_size = 1GB"]))

    def role(self, kind, *options):
        return self.keep(Role(self.new_folder(kind), kind, options))


class Role:
    """`tilth KIND`, ready when the constructor returns."""

    def __init__(self, folder, kind, options):
        self.log = folder / "log"
        self.port = free_port()
        self.command = [str(TILTH), kind, "--http", f"127.0.0.1:{self.port}", *map(str, options)]
        if kind == "up":
            self.command += ["--data", str(folder / "data")]
        self.process = None
        self.start()

    def start(self, is_awaited=True):
        self.process = run(self.command, self.log)
        if is_awaited:
            wait_for(f"{self.command[1]} that is ready", lambda: self.get("/readyz"), self.process, PATIENCE_SECONDS)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The sum over all labels."""
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.get("/metrics"), re.MULTILINE))

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def run(command, log, **options):
    with open(log, "ab") as out:
        return servers.STARTER.submit(subprocess.Popen, ["setpriv", "--pdeathsig", "KILL", *map(str, command)], stderr=out,
                                      env=environment(), **{"stdin": subprocess.DEVNULL, "stdout": out, **options}).result()


class Publisher:
    """That of `tilth bench`: QoS 1, MQTT 5, 1,000 in flight; connected when the constructor returns. Message n is of
    device n % SERIES."""

    def __init__(self, stand, port, first, count, rate=0):
        self.process = run([TILTH, "bench", "publish", "--port", port, "--first", first, "--count", count, "--series", SERIES,
                            "--rate", rate, "--start", stand.epoch * 1_000_000, "--step", 60_000_000],
                           stand.folder / "publisher.log", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        self.process.stdout.readline()
        assert self.process.wait() == 0


def cpu_seconds(pid):
    """Of a process, with its children and those of them that have ended."""
    total = 0.0
    for one in servers.family(pid):
        with contextlib.suppress(FileNotFoundError):
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
            total += (int(fields[13]) + int(fields[14])) / TICKS if one == pid else 0
    return total


def until(condition, process=None):
    """Seconds until it holds."""
    begin = time.monotonic()
    wait_for("the end of a round", condition, process, PATIENCE_SECONDS)
    return time.monotonic() - begin


def median(values):
    return statistics.median(values)


def say(text):
    print(text, flush=True)


def say_machine():
    load = os.getloadavg()
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    say(f"{os.cpu_count()} cores of {model[1] if model else 'an unnamed processor'}, load {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}")
