"""A broker, a lab and publishers in a folder of their own, and what one does to them."""

import json
import random
import subprocess
import sys

import paho.mqtt.publish
from processes import HERE, Broker, Lab, Publisher, environment

SENDERS = [(1, 3), (1, 5), (2, 3), (2, 5)]
"""QoS and version of MQTT of the publishers."""


class Scene:
    """Everything is up and the lab has subscribed; nobody publishes yet. With `kill_after`, the lab's very first start
    was killed after so many seconds. `broker` and `lab` are further arguments of those."""

    def __init__(self, folder, seed, kill_after=None, broker=None, lab=None):
        self.folder = folder
        self.seed = seed
        self.random = random.Random(seed)
        self.ledger = folder / "ledger"
        self.ledger.mkdir(parents=True)
        self.publishers = []
        self.markers = 0
        self.broker = Broker(folder / "broker", **(broker or {}))
        self.lab = Lab(folder, self.broker, **(lab or {}))
        if kill_after is not None:
            self.lab.start()
            self.lab.wait(kill_after)
            self.lab.kill()
        self.lab.start()
        self.lab.wait_until_subscribed()

    def publish(self, **kind):
        self.publishers = [Publisher(self.ledger, f"q{qos}v{mqtt}", self.broker, qos, mqtt, self.seed, **kind)
                           for qos, mqtt in SENDERS]

    def acknowledged(self):
        return sum(publisher.acknowledged() for publisher in self.publishers)

    def kill_once(self):
        """Starts the lab again, kills it at a random moment, three times in ten before it answers. Returns the seconds
        until it answered, or None."""
        self.lab.start()
        if self.random.random() < 0.3:
            self.lab.wait(self.random.uniform(0, 0.5))
            self.lab.kill()
            return None
        took = self.lab.wait_until_up()
        self.lab.wait(self.random.uniform(0.05, 1.5))
        self.lab.kill()
        return took

    def excuse(self, line):
        """A line of the ledger's file `excused` (oracle.py)."""
        with open(self.ledger / "excused", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def publish_marker(self):
        """A message behind all others: the broker keeps the order in which it hands them to the lab."""
        self.markers += 1
        payload = json.dumps({"device": "marker", "time": f"2025-01-01T00:00:{self.markers:02}Z", "vwc_5cm": 0.2})
        for suffix in ("sent", "acked"):
            with open(self.ledger / f"marker.{suffix}", "a", encoding="utf-8") as file:
                if suffix == "acked":
                    paho.mqtt.publish.single("field/marker", payload, qos=1, hostname="127.0.0.1", port=self.broker.port)
                file.write(payload + "\n")

    def wait_for_marker(self):
        """Seconds until the last marker, and all before it, is processed."""
        return self.lab.wait_until_processed("marker", self.markers)

    def stop_publishers(self):
        """Until all they sent is acknowledged, and the running lab has processed it."""
        for publisher in self.publishers:
            publisher.stop()
        self.publish_marker()
        self.wait_for_marker()

    def ask_oracle(self, question):
        done = subprocess.run([sys.executable, HERE / "oracle.py", question, self.ledger, self.lab.data, self.lab.binary],
                              capture_output=True, text=True, env=environment(), check=False)
        with open(self.folder / "oracle.log", "a", encoding="utf-8") as log:
            log.write(done.stdout + done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def end(self):
        for publisher in self.publishers:
            publisher.end()
        self.lab.end()
        self.broker.stop()
