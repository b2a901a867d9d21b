"""Many messages of QoS 1 from one publisher, as fast as the broker takes them (MQTT 3.1.1, straight on a socket)."""

import itertools
import socket
import struct
import threading

ALL_IDS = 65_535
CHUNK = 1000


def packet(first, body):
    length, size = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (128 if length else 0))
        if not length:
            return bytes([first]) + bytes(size) + body


def flood(port, topic, payloads, count):
    """Publishes `count` payloads; returns when the broker has acknowledged all."""
    name = struct.pack(">H", len(topic)) + topic.encode()

    def send():
        numbered = enumerate(payloads)
        while some := list(itertools.islice(numbered, CHUNK)):
            link.sendall(b"".join(packet(0x32, name + struct.pack(">H", i % ALL_IDS + 1) + payload) for i, payload in some))

    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(packet(0x10, b"\0\4MQTT\4\2\0\0\0\5flood"))
        sender = threading.Thread(target=send)
        sender.start()
        left = 4 + 4 * count  # bytes of CONNACK and of every PUBACK
        while left > 0:
            data = link.recv(1 << 16)
            if not data:
                raise ConnectionError("the broker has broken the connection")
            left -= len(data)
        sender.join()
        link.sendall(b"\xe0\0")
