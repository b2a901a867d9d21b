"""A broker, the gate, and a lab behind it; what is sent and what is stored of it."""

import itertools
import signal
import sqlite3

import gate
import paho.mqtt.client as mqtt
import places
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from processes import Broker, Lab, wait_for


class Field:
    """The lab has subscribed."""

    def __init__(self, folder, brokers, sync="always"):
        self.folder = folder
        self.has_ids = brokers == "plugin"
        lines = places.plugin_lines(folder / "broker", sync) if self.has_ids else ""
        self.broker = Broker(folder / "broker", lines)
        self.gate = gate.Gate(self.broker)
        self.lab = Lab(folder, self.gate)
        self.numbers = itertools.count(1)
        self.lab.start()
        self.lab.wait_until_subscribed()

    def bare(self, value=None):
        """A payload without time and number. Of its own, unless a value is given."""
        return f'{{"name": "bare", "value": {value or next(self.numbers)}}}'.encode()

    def publish(self, payload, qos=1, retain=False, user_properties=(), topic="field/identity"):
        """Straight to the broker; returns when it has acknowledged."""
        properties = Properties(PacketTypes.PUBLISH)
        if user_properties:
            properties.UserProperty = list(user_properties)
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        client.publish(topic, payload, qos, retain, properties).wait_for_publish(30)
        client.disconnect()
        client.loop_stop()

    def stored(self, payload):
        """How many records of the stream have it."""
        file = sqlite3.connect(f"file:{self.lab.data}/stream.sqlite?mode=ro", uri=True, timeout=10)
        try:
            return file.execute("SELECT count(*) FROM record WHERE kind = 1 AND payload = ?", (payload,)).fetchone()[0]
        finally:
            file.close()

    def wait_stored(self, payload, count=1, seconds=20):
        wait_for(f"{count} of {payload}", lambda: self.stored(payload) >= count, self.lab.process, seconds)

    def settle(self):
        """Until all that the broker had before is stored and processed: a message goes behind it."""
        marker = f'{{"device": "marker", "time": "2025-01-01T00:00:{next(self.numbers) % 60:02}Z", "seq": 1}}'.encode()
        before = self.stored(marker)
        self.publish(marker)
        self.wait_stored(marker, before + 1)
        wait_for("no lag", lambda: self.lab.get("/api/v1/status")["lag"]["records"] == 0, self.lab.process, 30)

    def readings(self, thing):
        series = self.lab.get(f"/api/v1/observations?thing={thing}")["series"]
        return sum(len(one["rows"]) for one in series)

    def restart_lab(self):
        self.lab.kill()
        self.lab.start()
        self.lab.wait_until_subscribed()

    def restart_broker(self, kill=False):
        """Mosquitto does not save shared subscriptions: without the plugin, what comes before the lab has subscribed
        again is not for it (test_without_the_plugin.py). So that is waited for."""
        if kill:
            self.broker.kill()
        else:
            self.broker.stop()
        self.broker.start()
        if not self.has_ids and self.lab.process.poll() is None:
            self.wait_subscribed_again()

    def wait_subscribed_again(self):
        """Since the broker was started for the last time."""
        wait_for("a subscription", lambda: self.gate.subscribed_to() == self.broker.process.pid, self.lab.process, 30)

    def wait_saved(self):
        """Until the broker has saved its database after now, which it is asked for."""
        database = self.broker.folder / "mosquitto.db"

        def saved_at():
            return database.stat().st_mtime_ns if database.exists() else 0

        for _ in range(2):  # a save may be under way
            before = saved_at()
            self.broker.process.send_signal(signal.SIGUSR1)
            wait_for("a save", lambda before=before: saved_at() > before, self.broker.process, 30)

    def end(self):
        self.lab.end()
        self.gate.stop()
        self.broker.stop()
