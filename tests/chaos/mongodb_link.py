"""A link to a MongoDB-compatible server that can answer in its place with an error, as a server does that has lost its
primary, runs out of time or no longer knows its user.

MongoDB's wire protocol: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/. A message is passed on
whole, so that an error never stands in the middle of an answer.
"""

import asyncio
import dataclasses
import struct

from links import Link

HEADER = struct.Struct("<iiii")  # length, its number, the number that it answers, operation
OP_MSG = 2013
FLAGS_BYTES = 4
COURTESIES = {"hello", "ismaster", "isMaster", "ping", "buildInfo", "endSessions", "saslStart", "saslContinue", "logout"}
"""A server that is there answers these whatever its state."""
WRITES = {"insert", "update", "delete"}


@dataclasses.dataclass(frozen=True)
class ServerError:
    """Names and codes are those of MongoDB's src/mongo/base/error_codes.yml."""

    name: str
    code: int
    has_effect: bool = False  # the server does what it is asked before the error is answered
    is_concern: bool = False  # the answer is the server's own, with a writeConcernError in it


def element(kind, name, value):
    return bytes([kind]) + name.encode() + b"\0" + value


def text(value):
    return struct.pack("<i", len(value) + 1) + value.encode() + b"\0"


def document(*elements):
    body = b"".join(elements) + b"\0"
    return struct.pack("<i", len(body) + 4) + body


def words(error):
    return (element(2, "errmsg", text(f"{error.name}, made by a test")), element(16, "code", struct.pack("<i", error.code)),
            element(2, "codeName", text(error.name)))


def failure(error):
    return document(element(1, "ok", struct.pack("<d", 0)), *words(error))


def with_concern(answer, error):
    """The server's own answer, which says of the write that its durability is not known."""
    concern = element(3, "writeConcernError", document(*words(error)))
    return struct.pack("<i", len(answer) + len(concern)) + answer[4:-1] + concern + b"\0"


def message(number, answers, body):
    rest = b"\0" * FLAGS_BYTES + b"\0" + body
    return HEADER.pack(HEADER.size + len(rest), number, answers, OP_MSG) + rest


def body_of(whole):
    """The document of an answer."""
    begin = HEADER.size + FLAGS_BYTES + 1
    (length,) = struct.unpack_from("<i", whole, begin)
    return whole[begin:begin + length]


def command_of(whole):
    """The first key of a command; nothing of an older kind of message."""
    if HEADER.unpack_from(whole)[3] != OP_MSG:
        return ""
    begin = HEADER.size + FLAGS_BYTES + 1 + 4 + 1  # behind flags, kind of section, the document's length, the key's type
    return whole[begin:whole.index(b"\0", begin)].decode()


class MongodbLink(Link):
    """put("errors", ServerError) makes every command but the COURTESIES fail so."""

    def __init__(self, network, client, server, target):
        super().__init__(network, client, server, target)
        self.refused = 0

    @staticmethod
    async def read(source):
        try:
            header = await source.readexactly(HEADER.size)
            return header + await source.readexactly(HEADER.unpack(header)[0] - HEADER.size)
        except asyncio.IncompleteReadError:
            return b""

    def error(self):
        return next((detail for kind, detail in self.faults if kind == "errors"), None)

    async def hand_on(self, pair, piece, target):
        is_request = target is pair.server[1]
        piece = self.request(pair, piece) if is_request else self.answer(pair, piece)
        if piece:
            target.write(piece)
            await target.drain()

    def request(self, pair, piece):
        """What the server gets of a request."""
        error, command = self.error(), command_of(piece)
        if error is None or not command or command in COURTESIES or (error.is_concern and command not in WRITES):
            return piece
        self.refused += 1
        number = HEADER.unpack_from(piece)[1]
        if error.has_effect:
            pair.spoilt[number] = error
            return piece
        pair.client[1].write(message(number, number, failure(error)))
        return b""

    @staticmethod
    def answer(pair, piece):
        """What the client gets of an answer."""
        _, number, answers, _ = HEADER.unpack_from(piece)
        error = pair.spoilt.pop(answers, None)
        if error is None:
            return piece
        body = with_concern(body_of(piece), error) if error.is_concern else failure(error)
        return message(number, answers, body)
