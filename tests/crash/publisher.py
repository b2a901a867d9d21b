"""A sensor gateway that keeps books: publishes readings of a few made-up devices until SIGTERM, then waits until the
broker has acknowledged all of them.

    publisher.py LEDGER_FOLDER NAME --port P --qos 1|2 --mqtt 3|5 --seed S [--bare]

The ledger is two files of payloads, one a line: NAME.sent, written before a payload goes out, and NAME.acked, written
when its PUBACK (QoS 1) or PUBCOMP (QoS 2) has come. A payload that goes out twice stands there twice.

Exit status 0: everything of the last connection is acknowledged. Any other: the broker did not do its part.
"""

import argparse
import json
import math
import pathlib
import random
import signal
import socket
import sys
import time

import paho.mqtt.client as mqtt

MOST_UNACKNOWLEDGED = 200
PATIENCE_SECONDS = 60
FIRST_TIME = 1_735_689_600
"""2025-01-01T00:00:00Z, when the made-up readings begin."""


class TimedReadings:
    """Payloads with their own time and number, mostly in order. Some are held back and come late, some are sent again
    byte for byte."""

    def __init__(self, name, rng):
        self.rng = rng
        self.devices = [f"{name}-{letter}" for letter in "abc"]
        self.times = dict.fromkeys(self.devices, FIRST_TIME)
        self.seq = 0
        self.recent = []
        self.held = []

    def next(self):
        chance = self.rng.random()
        if chance < 0.05 and self.recent:
            return self.rng.choice(self.recent)
        if chance < 0.15 and len(self.held) > 20:
            return self.remember(self.held.pop(self.rng.randrange(len(self.held))))
        while chance > 0.9 and len(self.held) < 200:
            self.held.append(self.measure())
            chance = self.rng.random()
        return self.remember(self.measure())

    def rest(self):
        """What is still held back."""
        rest, self.held = self.held, []
        return rest

    def remember(self, payload):
        self.recent = [*self.recent[-200:], payload]
        return payload

    def measure(self):
        device = self.rng.choice(self.devices)
        self.seq += 1
        self.times[device] += self.rng.randint(20, 200)
        slow = self.times[device] / 86_400
        return json.dumps({
            "device": device,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.times[device])),
            "seq": self.seq,
            "vwc_5cm": round(0.25 + 0.05 * math.sin(slow) + self.rng.uniform(-0.002, 0.002), 5),
            "soil_temp_5cm": round(12 + 4 * math.sin(3 * slow) + self.rng.uniform(-0.1, 0.1), 3),
        })


class BareReadings:
    """Payloads with neither time nor number: of one device all different, of the other all the same bytes."""

    def __init__(self, name, rng):
        self.name = name
        self.rng = rng
        self.count = 0

    def next(self):
        if self.rng.random() < 0.3:
            return json.dumps({"name": f"{self.name}-same", "value": 5.1})
        self.count += 1
        return json.dumps({"name": f"{self.name}-different", "value": self.count / 8})

    def rest(self):
        return []


class Ledger:
    def __init__(self, folder, name):
        self.sent = open(folder / f"{name}.sent", "w", encoding="utf-8")
        self.acknowledged = open(folder / f"{name}.acked", "w", encoding="utf-8")

    def flush(self):
        self.sent.flush()
        self.acknowledged.flush()


class Connection:
    """One MQTT connection with a session that ends with it. One thread: callbacks run inside `pump`."""

    def __init__(self, options, client_id, ledger):
        self.options = options
        self.ledger = ledger
        self.unacknowledged = {}
        version = {"protocol": mqtt.MQTTv5} if options.mqtt == 5 else {"protocol": mqtt.MQTTv311, "clean_session": True}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, **version)
        self.client.max_inflight_messages_set(MOST_UNACKNOWLEDGED)
        self.client.on_publish = self.on_publish
        self.client.connect("127.0.0.1", options.port)
        self.pump_until(self.client.is_connected, "a connection")

    def on_publish(self, _client, _userdata, mid, reason, _properties):
        if reason.is_failure:
            raise RuntimeError(f"the broker refused a message: {reason}")
        self.ledger.acknowledged.write(self.unacknowledged.pop(mid) + "\n")

    def publish(self, payload):
        self.ledger.sent.write(payload + "\n")
        self.ledger.sent.flush()
        info = self.client.publish(f"field/{self.options.name}", payload, qos=self.options.qos)
        self.unacknowledged[info.mid] = payload

    def pump(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 or len(self.unacknowledged) >= MOST_UNACKNOWLEDGED:
            self.loop(max(left, 0.01))
        self.ledger.flush()

    def pump_until(self, condition, what):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} within {PATIENCE_SECONDS} s")
            self.loop(0.05)
        self.ledger.flush()

    def loop(self, seconds):
        status = self.client.loop(seconds)
        if status != mqtt.MQTT_ERR_SUCCESS:
            raise ConnectionError(f"the broker broke the connection: {mqtt.error_string(status)}")

    def cut(self, delay):
        """Breaks off without a word, after `delay` seconds in which the broker may take what was sent; returns what was
        never acknowledged, and now never will be."""
        self.client.socket().shutdown(socket.SHUT_WR)
        time.sleep(delay)
        self.client.socket().close()
        return list(self.unacknowledged.values())

    def finish(self):
        self.pump_until(lambda: not self.unacknowledged, "acknowledgement of the rest")
        self.client.disconnect()


def publish_until(stopped, options, ledger):
    rng = random.Random(f"{options.name} {options.seed}")
    readings = (BareReadings if options.bare else TimedReadings)(options.name, rng)
    connections = 1
    connection = Connection(options, options.name, ledger)
    while not stopped():
        for _ in range(rng.randint(1, 20)):
            connection.publish(readings.next())
        if rng.random() < 0.02:
            lost = connection.cut(rng.choice((0, 0.1)))
            connections += 1
            connection = Connection(options, f"{options.name}-{connections}", ledger)
            for payload in rng.sample(lost, len(lost) // 2):
                connection.publish(payload)
        connection.pump(rng.uniform(0, 0.25))
    for payload in readings.rest():
        connection.publish(payload)
        connection.pump(0)
    connection.finish()


def main():
    parser = argparse.ArgumentParser(description="Publishes made-up readings and keeps a ledger.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("name")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--qos", type=int, choices=(1, 2), required=True)
    parser.add_argument("--mqtt", type=int, choices=(3, 5), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--bare", action="store_true")
    options = parser.parse_args()
    signals = []
    signal.signal(signal.SIGTERM, lambda number, _frame: signals.append(number))
    publish_until(lambda: signals, options, Ledger(options.folder, options.name))


if __name__ == "__main__":
    sys.exit(main())
