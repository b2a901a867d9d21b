"""A session that another client takes over, and a router that was paused meanwhile."""

import os
import signal

import gate
import paho.mqtt.client as mqtt
from gate import PUBACK, PUBLISH
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from processes import wait_for


class Taker:
    """A client that connects under the lab's client id, gets what the session holds, and acknowledges nothing."""

    def __init__(self, field):
        self.received = []
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=field.gate.client_id(), protocol=mqtt.MQTTv5,
                                  reconnect_on_failure=False, manual_ack=True)
        self.client.on_message = lambda _client, _userdata, message: self.received.append(message.payload)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 0xFFFFFFFF
        self.client.connect("127.0.0.1", field.broker.port, clean_start=False, properties=properties)
        self.client.loop_start()
        wait_for("the session", self.client.is_connected, seconds=30)

    def wait_received(self, payloads):
        wait_for("redelivery to the taker", lambda: set(payloads) <= set(self.received), seconds=30)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


def wait_connected(field, connects):
    """Until the lab has come back."""
    wait_for("a lab that is back", lambda: field.gate.count("lab", gate.CONNECT) > connects, field.lab.process, 30)


def test_a_lab_whose_session_is_taken_takes_it_back_and_counts_once(field):
    """Mosquitto 2.0 only closes the link, so the lab cannot know and connects again; its log says what to look for."""
    stored, later = field.bare(), field.bare()
    held = field.gate.lose("lab", PUBACK, cut=False)
    field.publish(stored)
    field.wait_stored(stored)
    assert held.happened.wait(30)
    connects = field.gate.count("lab", gate.CONNECT)
    taker = Taker(field)
    wait_connected(field, connects)
    field.publish(later)
    field.settle()
    taker.leave()
    assert "look for another process with client id" in (field.folder / "up.log").read_text()
    assert (field.stored(stored), field.stored(later)) == (1, 1)
    assert field.readings("bare") == 2


def test_a_lab_that_is_told_of_the_takeover_stops_and_counts_once_after_its_restart(field):
    stored, later = field.bare(), field.bare()
    held = field.gate.lose("lab", PUBACK, cut=False)
    field.publish(stored)
    field.wait_stored(stored)
    assert held.happened.wait(30)
    connects = field.gate.count("lab", gate.CONNECT)
    field.gate.say_taken_over()
    wait_for("a lab that gives up its session",
             lambda: field.lab.get("/api/v1/status")["broker"]["state"] == "stopped", field.lab.process, 30)
    field.publish(later)
    assert field.gate.count("lab", gate.CONNECT) == connects, "it came back by itself"
    field.restart_lab()
    field.settle()
    assert (field.stored(stored), field.stored(later)) == (1, 1)
    assert field.readings("bare") == 2


def test_a_paused_lab_that_wakes_after_another_got_its_messages_counts_once(field):
    """It finds messages in its socket that its successor in the session has got as well."""
    payloads = [field.bare() for _ in range(50)]
    before, connects = field.gate.count("broker", PUBLISH), field.gate.count("lab", gate.CONNECT)
    os.kill(field.lab.process.pid, signal.SIGSTOP)
    for payload in payloads:
        field.publish(payload)
    wait_for("the messages in its socket", lambda: field.gate.count("broker", PUBLISH) >= before + len(payloads), seconds=30)
    taker = Taker(field)
    taker.wait_received(payloads)
    os.kill(field.lab.process.pid, signal.SIGCONT)
    wait_connected(field, connects)
    field.settle()
    taker.leave()
    assert [field.stored(payload) for payload in payloads] == [1] * len(payloads)
    assert field.readings("bare") == len(payloads)
