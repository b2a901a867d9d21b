"""A system call trace shows the sync returning before the acknowledgement is written to the socket."""

import struct

import paho.mqtt.publish
import places
import pytest
import trace
from processes import Broker, wait_for

pytestmark = pytest.mark.skipif(trace.why_not() is not None, reason=str(trace.why_not()))
MESSAGES = 10


def publish(broker, payload, qos):
    paho.mqtt.publish.single("field/traced", payload, qos=qos, hostname="127.0.0.1", port=broker.port)


@pytest.mark.parametrize(("qos", "answer"), [(1, 0x40), (2, 0x50)])
def test_the_lab_acknowledges_after_the_sync(open_scene, qos, answer):
    with open_scene(f"trace-lab-{qos}") as scene:
        tracer = trace.Trace(scene.lab.process, scene.folder)
        payloads = [f'{{"device": "traced", "time": "2025-01-01T00:00:{i:02}Z", "vwc_5cm": 0.2}}' for i in range(MESSAGES)]
        for i, payload in enumerate(payloads):
            publish(scene.broker, payload, qos)
            wait_for("the message", lambda n=i: scene.lab.get("/api/v1/status")["counts"]["records"] > n)
        scene.lab.wait_until_processed("traced", MESSAGES)
        calls = tracer.stop()
        log = r"stream\.sqlite-wal$"
        faults = [fault for i, payload in enumerate(payloads, 1)
                  for fault in trace.order_faults(calls, payload.encode(), acknowledgement(answer, i), log)]
        assert not faults


@pytest.mark.skipif(not places.PLUGIN.exists(), reason=f"{places.PLUGIN} is not built")
@pytest.mark.parametrize(("qos", "answer"), [(1, 0x40), (2, 0x50)])
def test_the_broker_acknowledges_after_the_plugins_sync(tmp_path, qos, answer):
    broker = Broker(tmp_path / "broker", places.plugin_lines(tmp_path / "broker"))
    try:
        tracer = trace.Trace(broker.process, tmp_path)
        payloads = [f"traced {i}" for i in range(MESSAGES)]
        for payload in payloads:
            publish(broker, payload, qos)
        calls = tracer.stop()
    finally:
        broker.stop()
    faults = [fault for payload in payloads
              for fault in trace.order_faults(calls, payload.encode(), acknowledgement(answer, 1), r"/journal/")]
    assert not faults


def acknowledgement(kind, packet_id):
    return bytes([kind, 2]) + struct.pack(">H", packet_id)
