"""The network between the processes: one link a pair, each with its own port, which can be cut, stopped, slowed or left
half-open without the others noticing.

A link passes bytes on until a fault is put on it:

cut        standing connections are reset, new ones are refused as a closed port refuses them
silent     nothing comes through in either direction, and nobody is told; what waited goes on afterwards, as after a
           cable that was out for less than TCP's patience
half-open  the server's side of each connection is closed, the client's stands and is never answered; afterwards it is
           reset, as by a machine that has forgotten it
slow       each piece of up to 64 KB takes so many seconds

Faults on one link add up: each `put` is taken back by the function that it returns.
"""

import asyncio
import threading
import time

from processes import free_port

KINDS = ("cut", "silent", "half-open", "slow")
PIECE_BYTES = 1 << 16


class Pair:
    """One connection through a link."""

    def __init__(self, client, server):
        self.client = client
        self.server = server
        self.tasks = []
        self.is_half = False
        self.spoilt = {}  # of a MongodbLink: the errors that wait for the answers to requests of these numbers

    def reset(self):
        for task in self.tasks:
            task.cancel()
        for _, writer in (self.client, self.server):
            writer.transport.abort()


class Link:
    """From a free port of 127.0.0.1 to `target`. `put` may be called by any thread."""

    def __init__(self, network, client, server, target):
        self.name = f"{client}-{server}"
        self.client = client
        self.server = server
        self.target = target
        self.port = None
        self.loop = network.loop
        self.listener = None
        self.pairs = set()
        self.faults = []
        self.carried = 0

    def put(self, kind, detail=0.0):
        """Returns what takes the fault away again. `detail`: the seconds of `slow`."""
        fault = (kind, detail)
        self.call(self.begin(fault))
        return lambda: self.call(self.end(fault))

    def call(self, work):
        asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def has(self, kind):
        return any(fault[0] == kind for fault in self.faults)

    async def listen(self):
        self.listener = await asyncio.start_server(self.accept, "127.0.0.1", self.port, limit=PIECE_BYTES)

    async def begin(self, fault):
        self.faults.append(fault)
        if fault[0] == "cut":
            self.listener.close()
            for pair in list(self.pairs):
                pair.reset()
        elif fault[0] == "half-open":
            for pair in list(self.pairs):
                pair.is_half = True
                pair.server[1].transport.abort()

    async def end(self, fault):
        self.faults.remove(fault)
        if fault[0] == "cut" and not self.has("cut"):
            await self.listen()
        if fault[0] == "half-open" and not self.has("half-open"):
            for pair in [pair for pair in self.pairs if pair.is_half]:
                pair.reset()

    async def accept(self, reader, writer):
        try:
            pair = Pair((reader, writer), await asyncio.open_connection(*self.target, limit=PIECE_BYTES))
        except OSError:
            writer.transport.abort()
            return
        pair.is_half = self.has("half-open")
        pair.tasks = [asyncio.create_task(self.carry(pair, pair.client[0], pair.server[1])),
                      asyncio.create_task(self.carry(pair, pair.server[0], pair.client[1]))]
        self.pairs.add(pair)
        await asyncio.gather(*pair.tasks, return_exceptions=True)
        self.pairs.discard(pair)
        for _, one in (pair.client, pair.server):
            one.close()

    async def carry(self, pair, source, target):
        try:
            while piece := await self.read(source):
                while self.has("silent"):
                    await asyncio.sleep(0.02)
                for kind, seconds in self.faults:
                    if kind == "slow":
                        await asyncio.sleep(seconds)
                if not pair.is_half:
                    await self.hand_on(pair, piece, target)
                self.carried += len(piece)
        except OSError:
            pass
        while self.has("silent"):
            await asyncio.sleep(0.02)
        if not pair.is_half:
            target.close()
        while pair.is_half:
            await asyncio.sleep(0.1)

    @staticmethod
    async def read(source):
        """The next piece; nothing at the end."""
        return await source.read(PIECE_BYTES)

    @staticmethod
    async def hand_on(_pair, piece, target):
        target.write(piece)
        await target.drain()


class Network:
    """All links, carried by one thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.links = {}
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def connect(self, client, server, port, own_port=None, kind=Link):
        """A new link from a free port (which stays free while it is cut), or that named, to 127.0.0.1:`port`; returns it."""
        link = kind(self, client, server, ("127.0.0.1", port))
        link.port = own_port or free_port()
        link.call(link.listen())
        self.links[link.name] = link
        return link

    def stop(self):
        for link in self.links.values():
            self.loop.call_soon_threadsafe(link.listener.close)
            for pair in list(link.pairs):
                self.loop.call_soon_threadsafe(pair.reset)
        time.sleep(0.05)
        self.loop.call_soon_threadsafe(self.loop.stop)
