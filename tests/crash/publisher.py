"""A sensor gateway that keeps books: publishes readings of a few made-up devices until SIGTERM, then waits until the
broker has acknowledged all of them.

    publisher.py LEDGER_FOLDER NAME --port P --qos 1|2 --mqtt 3|5 --seed S [--bare|--jumping] [--patient]

The ledger is two files of payloads, one a line: NAME.sent, written before a payload goes out, and NAME.acked, written
when its PUBACK (QoS 1) or PUBCOMP (QoS 2) has come. A payload that goes out twice stands there twice. NAME.acked_at has
for each line of NAME.acked the second since 1970 at which it came.

With --patient a broker that goes away is waited for: a new connection sends half of what was not acknowledged again,
as new messages. What the broker refuses is sent again later.

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
LONGEST_JUMP_SECONDS = 2 * 86_400


def text_of(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


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
            "time": text_of(self.times[device]),
            "seq": self.seq,
            "vwc_5cm": round(0.25 + 0.05 * math.sin(slow) + self.rng.uniform(-0.002, 0.002), 5),
            "soil_temp_5cm": round(12 + 4 * math.sin(3 * slow) + self.rng.uniform(-0.1, 0.1), 3),
        })


class JumpingReadings(TimedReadings):
    """Of devices whose clocks now and then jump by up to two days, and some time later back again. No time comes twice."""

    def __init__(self, name, rng):
        super().__init__(name, rng)
        self.jumps = dict.fromkeys(self.devices, 0)
        self.used = set()

    def measure(self):
        payload = json.loads(super().measure())
        device = payload["device"]
        if self.rng.random() < 0.03:
            self.jumps[device] = 0 if self.jumps[device] else self.rng.randint(-LONGEST_JUMP_SECONDS, LONGEST_JUMP_SECONDS)
        at = self.times[device] + self.jumps[device]
        while (device, at) in self.used:
            at += 1
        self.used.add((device, at))
        return json.dumps(payload | {"time": text_of(at)})


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
        self.acknowledged_at = open(folder / f"{name}.acked_at", "w", encoding="utf-8")

    def acknowledge(self, payload):
        self.acknowledged.write(payload + "\n")
        self.acknowledged_at.write(f"{time.time():.3f}\n")

    def flush(self):
        for file in (self.sent, self.acknowledged_at, self.acknowledged):
            file.flush()


class Connection:
    """One MQTT connection with a session that ends with it. One thread: callbacks run inside `pump`."""

    def __init__(self, options, client_id, ledger):
        self.options = options
        self.ledger = ledger
        self.unacknowledged = {}
        self.refused = []
        version = {"protocol": mqtt.MQTTv5} if options.mqtt == 5 else {"protocol": mqtt.MQTTv311, "clean_session": True}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, **version)
        self.client.max_inflight_messages_set(MOST_UNACKNOWLEDGED)
        self.client.on_publish = self.on_publish
        self.client.connect("127.0.0.1", options.port)
        self.pump_until(self.client.is_connected, "a connection")

    def on_publish(self, _client, _userdata, mid, reason, _properties):
        payload = self.unacknowledged.pop(mid)
        if not reason.is_failure:
            self.ledger.acknowledge(payload)
        elif self.options.patient:
            self.refused.append(payload)
        else:
            raise RuntimeError(f"the broker refused a message: {reason}")

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
        link = self.client.socket()
        if link is None:
            raise ConnectionError("the broker has broken the connection")
        link.shutdown(socket.SHUT_WR)
        time.sleep(delay)
        link.close()
        return self.lost()

    def lost(self):
        """What was never acknowledged, and now never will be."""
        self.ledger.flush()
        return list(self.unacknowledged.values())

    def take_refused(self):
        refused, self.refused = self.refused, []
        return refused

    def finish(self):
        self.pump_until(lambda: not self.unacknowledged, "acknowledgement of the rest")
        self.client.disconnect()


class Gateway:
    """Connections one after the other."""

    def __init__(self, options, ledger):
        self.options = options
        self.ledger = ledger
        self.rng = random.Random(f"{options.name} {options.seed}")
        kind = BareReadings if options.bare else JumpingReadings if options.jumping else TimedReadings
        self.readings = kind(options.name, self.rng)
        self.connections = 0
        self.connection = None
        self.again = []

    def connect(self):
        """Waits for a broker that is away only if told to be patient."""
        end = time.monotonic() + (PATIENCE_SECONDS if self.options.patient else 0)
        while True:
            self.connections += 1
            name = self.options.name if self.connections == 1 else f"{self.options.name}-{self.connections}"
            try:
                self.connection = Connection(self.options, name, self.ledger)
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def remember(self, lost):
        """Half of it goes out again."""
        self.again += self.rng.sample(lost, len(lost) // 2)

    def send_again(self):
        while self.again:
            self.connection.publish(self.again.pop())

    def burst(self):
        self.again += self.connection.take_refused()
        self.send_again()
        for _ in range(self.rng.randint(1, 20)):
            self.connection.publish(self.readings.next())
        if self.rng.random() < 0.02:
            self.remember(self.connection.cut(self.rng.choice((0, 0.1))))
            self.connect()
        self.connection.pump(self.rng.uniform(0, 0.25))

    def finish(self):
        self.send_again()
        for payload in self.readings.rest():
            self.connection.publish(payload)
            self.connection.pump(0)
        self.connection.finish()

    def patiently(self, step):
        """Runs a step; False: the broker went away meanwhile, and is back."""
        try:
            step()
            return True
        except ConnectionError:
            if not self.options.patient:
                raise
            self.remember(self.connection.lost())
            self.connect()
            return False

    def run(self, stopped):
        self.connect()
        while not stopped():
            self.patiently(self.burst)
        while not self.patiently(self.finish):
            pass


def main():
    parser = argparse.ArgumentParser(description="Publishes made-up readings and keeps a ledger.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("name")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--qos", type=int, choices=(1, 2), required=True)
    parser.add_argument("--mqtt", type=int, choices=(3, 5), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--jumping", action="store_true")
    parser.add_argument("--patient", action="store_true")
    options = parser.parse_args()
    signals = []
    signal.signal(signal.SIGTERM, lambda number, _frame: signals.append(number))
    Gateway(options, Ledger(options.folder, options.name)).run(lambda: signals)


if __name__ == "__main__":
    sys.exit(main())
