"""A publisher of which a test decides each packet (MQTT 3.1.1, a session that is kept)."""

import socket
import struct

from flood import packet
from gate import PUBACK, PUBCOMP, PUBREC, packets

CLIENT_ID = b"sender"
TOPIC = b"field/sender"
CONNACK = 2


class Sender:
    def __init__(self, broker):
        self.broker = broker
        self.link = None
        self.buffer = bytearray()

    def connect(self):
        """Returns whether the broker still had the session."""
        self.close()
        self.link = socket.create_connection(("127.0.0.1", self.broker.port), timeout=30)
        self.buffer.clear()
        name = struct.pack(">H", len(CLIENT_ID)) + CLIENT_ID
        self.link.sendall(packet(0x10, b"\0\4MQTT\4\0\0\0" + name))
        return bool(self.receive(CONNACK)[0] & 1)

    def close(self):
        if self.link is not None:
            self.link.close()

    def publish(self, payload, qos, packet_id=1, dup=False):
        first = 0x30 | qos << 1 | (8 if dup else 0)
        self.link.sendall(packet(first, struct.pack(">H", len(TOPIC)) + TOPIC + struct.pack(">H", packet_id) + payload))

    def release(self, packet_id=1):
        self.link.sendall(packet(0x62, struct.pack(">H", packet_id)))

    def receive(self, kind):
        """The body of the next packet, which must be of this kind."""
        while True:
            for first, body, _ in packets(self.buffer):
                assert first >> 4 == kind, f"packet type {first >> 4} came instead of {kind}"
                return body
            data = self.link.recv(1 << 12)
            if not data:
                raise ConnectionError("the broker has broken the connection")
            self.buffer += data

    def complete(self):
        """PUBREL until PUBCOMP."""
        self.release()
        self.receive(PUBCOMP)

    def finish(self, payload, qos):
        """Sends again what it must, as a publisher whose connection broke before any answer came."""
        self.publish(payload, qos, dup=True)
        self.receive(PUBREC if qos == 2 else PUBACK)
        if qos == 2:
            self.complete()
