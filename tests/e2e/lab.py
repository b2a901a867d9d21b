"""A real lab for the tests: `tilth up` as a child, on free ports, with a folder of its own."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

START_SECONDS = 120
"""A first start makes two years of history; the page must be there long before that is done."""


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for(what, condition, seconds=60.0):
    """The first true value of `condition`, which may raise OSError meanwhile; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except OSError as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds:.0f} s ({last})")


class Lab:
    """Starts at once; `stop` ends it as Ctrl-C does."""

    def __init__(self, folder, *options):
        self.binary = os.environ["TILTH_BINARY"]
        self.folder = pathlib.Path(folder)
        self.http_port, self.mqtt_port, self.ws_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.options = options
        self.log = self.folder / "up.log"
        self.process = None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "up", "--data", str(self.folder / "data"), "--http", f"127.0.0.1:{self.http_port}",
                 "--mqtt-port", str(self.mqtt_port), "--ws-port", str(self.ws_port), *self.options],
                stdout=log, stderr=subprocess.STDOUT, env=self.environment())
        try:
            wait_for("a lab that is ready", self.is_ready, START_SECONDS)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.log.read_text(errors='replace')[-4000:]}") from None

    @staticmethod
    def environment():
        """Without the variables of the tests: the program refuses a TILTH_ variable that it does not know."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("TILTH_")}
        return {**own, "NO_COLOR": "1", "TZ": "UTC"}

    def is_ready(self):
        assert self.process.poll() is None, f"`tilth up` ended with {self.process.returncode}"
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:
            return response.status == 200

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def kill(self):
        """However it stands: as Ctrl-C first, so that its broker goes too."""
        if self.process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.url}/api/v1{path}?{query}", timeout=60) as response:
            return json.load(response)

    def metrics(self):
        """As Prometheus would read them."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=60) as response:
            return response.read().decode()

    def post(self, path, body):
        request = urllib.request.Request(f"{self.url}/api/v1{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def publish(self, payload, topic="sensors"):
        """By the program that the original lab used."""
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt_port), "-t", topic, "-m", payload],
                       check=True, timeout=20)

    def command(self, *arguments):
        """A subcommand, which talks to this running lab; what it printed."""
        done = subprocess.run([self.binary, *arguments, "--data", str(self.folder / "data")], capture_output=True, text=True,
                              timeout=120, env=self.environment(), check=False)
        assert done.returncode == 0, f"tilth {' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
