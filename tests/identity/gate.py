"""A gate between the lab and its broker: it passes whole MQTT packets on, and loses one when told to.

A `Loss` names a packet by its sender, type and number ("the lab's first PUBACK from now"). When it comes it is not passed
on: the link breaks there and then (`cut`), or stands and carries nothing more in that direction (`hold`). Once the
packet came, `happened` is set.
"""

import contextlib
import dataclasses
import socket
import threading

CONNECT, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK = 1, 3, 4, 5, 6, 7, 9


@dataclasses.dataclass
class Loss:
    sender: str  # "lab" or "broker"
    kind: int
    number: int = 1
    cut: bool = True
    happened: threading.Event = dataclasses.field(default_factory=threading.Event)


@dataclasses.dataclass(frozen=True)
class Packet:
    sender: str
    kind: int
    flags: int
    body: bytes

    @property
    def dup(self):
        return self.kind == PUBLISH and bool(self.flags & 8)

    @property
    def packet_id(self):
        at = 0
        if self.kind == PUBLISH:
            at = 2 + int.from_bytes(self.body[:2], "big")
        return int.from_bytes(self.body[at:at + 2], "big")


def packets(buffer):
    """Whole packets at the front of a bytearray, which loses them: (packet's first byte, body, all bytes)."""
    while len(buffer) >= 2:
        length, shift, at = 0, 0, 1
        while True:
            if at >= len(buffer):
                return
            length |= (buffer[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not buffer[at - 1] & 0x80:
                break
        if len(buffer) < at + length:
            return
        whole = bytes(buffer[:at + length])
        del buffer[:at + length]
        yield whole[0], whole[at:], whole


def client_id_in(connect):
    """Of the body of an MQTT 5 CONNECT."""
    at = 10 + 1 + connect[10]  # behind name, version, flags, keep-alive and fewer than 128 bytes of properties
    length = int.from_bytes(connect[at:at + 2], "big")
    return connect[at + 2:at + 2 + length].decode()


class Gate:
    """Listens on a port of its own and connects each link to the broker. Threads: one a direction.

    A link without a client id has no session: the lab asks the broker for its state there. It is passed on and not looked at."""

    def __init__(self, broker):
        self.broker = broker
        self.subscribed = None
        self.lock = threading.Lock()
        self.losses = []
        self.links = []
        self.seen = []
        self.without_session = set()
        self.remembers = True
        self.open = True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def lose(self, sender, kind, number=1, cut=True):
        loss = Loss(sender, kind, number, cut)
        with self.lock:
            self.losses.append(loss)
        return loss

    def close(self):
        """Breaks the links; new ones are refused until `reopen`."""
        with self.lock:
            self.open = False
            links, self.links = self.links, []
        for link in links:
            self.end(link)

    def reopen(self):
        with self.lock:
            self.open = True

    def say_taken_over(self):
        """Ends the links as MQTT 5 wants it when another client has taken the session over (DISCONNECT 0x8E). Mosquitto
        2.0 only closes them."""
        with self.lock:
            links, self.links = self.links, []
        for lab, broker in links:
            with contextlib.suppress(OSError):  # it may be quicker to go
                lab.sendall(b"\xe0\x02\x8e\x00")
                lab.shutdown(socket.SHUT_WR)
            broker.close()

    def deliveries(self, payload):
        """How often a PUBLISH with this payload came from the broker, as (packet id, dup)."""
        with self.lock:
            return [(packet.packet_id, packet.dup) for packet in self.seen
                    if packet.kind == PUBLISH and packet.sender == "broker" and packet.body.endswith(payload)]

    def count(self, sender, kind):
        with self.lock:
            return sum((packet.sender, packet.kind) == (sender, kind) for packet in self.seen)

    def client_id(self):
        """By which the lab connected first, with MQTT 5."""
        with self.lock:
            body = next(packet.body for packet in self.seen if packet.kind == CONNECT)
        return client_id_in(body)

    def subscribed_to(self):
        """Process id of the broker that answered the lab's last SUBSCRIBE."""
        with self.lock:
            return self.subscribed

    def accept(self):
        while True:
            try:
                lab, _ = self.listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker.port), timeout=5)
            except OSError:
                lab.close()
                continue
            broker.settimeout(None)
            link = (lab, broker)
            with self.lock:
                is_open = self.open
                if is_open:
                    self.links.append(link)
            if not is_open:
                self.end(link)
                continue
            for sender, source, target in (("lab", lab, broker), ("broker", broker, lab)):
                threading.Thread(target=self.pump, args=(link, sender, source, target), daemon=True).start()

    def pump(self, link, sender, source, target):
        buffer = bytearray()
        holding = False
        try:
            while data := source.recv(1 << 16):
                buffer += data
                for first, body, whole in packets(buffer):
                    loss = None if holding else self.note(link, Packet(sender, first >> 4, first & 15, body))
                    if loss is not None and loss.cut:
                        self.end(link)
                        loss.happened.set()
                        return
                    holding = holding or loss is not None
                    if loss is not None:
                        loss.happened.set()
                    if not holding:
                        target.sendall(whole)
        except OSError:
            pass
        self.end(link)

    def note(self, link, packet):
        """The loss that this packet is, if any."""
        with self.lock:
            if packet.kind == CONNECT and not client_id_in(packet.body):
                self.without_session.add(link)
            if link in self.without_session:
                return None
            if self.remembers:
                self.seen.append(packet)
            if packet.kind == SUBACK:
                self.subscribed = self.broker.process.pid
            for loss in self.losses:
                if (loss.sender, loss.kind) != (packet.sender, packet.kind):
                    continue
                loss.number -= 1
                if loss.number == 0:
                    self.losses.remove(loss)
                    return loss
        return None

    @staticmethod
    def end(link):
        for one in link:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def stop(self):
        self.listener.close()
        self.close()
