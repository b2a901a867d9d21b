"""Which faults, on what, when and for how long: all of it from a seed.

A fault is of one of KINDS. Kinds come in a shuffled order by their weights, and of each kind every target once before
any comes again, so that a short run has something of everything. Faults overlap; two never hit the same target at once.
"""

import dataclasses
import random

import links
import refusals

WEIGHTS = {"kill": 5, "freeze": 4, "cut": 2, "silent": 2, "half-open": 2, "slow": 2, "errors": 4, "full": 1, "clock": 1}
KINDS = tuple(WEIGHTS)
MEAN_GAP_SECONDS = 1.6
REST_SECONDS = 1.0
"""After a fault its target is left alone for so long."""


@dataclasses.dataclass(frozen=True)
class Fault:
    number: int
    at: float  # seconds after the start
    kind: str
    target: str  # of a process, a server, or a link
    seconds: float
    detail: float = 0  # seconds: of a slow link's delay, of a clock's jump
    how: str = ""  # of errors: which (refusals.py)

    def __str__(self):
        more = f" by {self.detail:.2f} s" if self.detail else f" ({self.how})" if self.how else ""
        return f"#{self.number} at {self.at:.1f} s: {self.kind} {self.target}{more}, {self.seconds:.1f} s long"


@dataclasses.dataclass(frozen=True)
class Targets:
    """Names. `lease` is the processors' lease in seconds."""

    roles: tuple
    servers: tuple
    links: tuple
    can_fill: tuple
    can_shift: tuple
    lease: float

    def of(self, kind):
        if kind in links.KINDS:
            return self.links
        return {"kill": self.roles + self.servers, "freeze": self.roles + self.servers, "errors": tuple(refusals.HOWS),
                "full": self.can_fill, "clock": self.can_shift}[kind]


class Deck:
    """Gives each of its cards once, in random order, before it is shuffled again."""

    def __init__(self, cards, rng):
        self.all = sorted(cards)
        self.rng = rng
        self.left = []

    def draw(self, fits=lambda card: True):
        for _ in range(2):
            for card in self.left:
                if fits(card):
                    self.left.remove(card)
                    return card
            self.left += self.rng.sample(self.all, len(self.all))
        return None


def length(kind, target, targets, rng):
    """Seconds, and the detail."""
    if kind == "kill":
        return rng.uniform(0, 1.5), 0
    if kind == "freeze":
        return targets.lease * rng.uniform(1.2, 1.6), 0
    if kind == "slow":
        return rng.uniform(2, 5), rng.uniform(0.05, 0.3)
    if kind == "clock":
        return rng.uniform(3, 8), rng.choice((-1, 1)) * rng.uniform(10, 7200)
    if kind == "errors":
        return rng.uniform(1, 4), 0
    if kind == "full":
        return rng.uniform(0.5, 3), 0
    return rng.uniform(0.5, 5), 0


def make(count, seed, targets, of_kinds=KINDS):
    """`count` faults of these kinds in the order of their beginnings."""
    rng = random.Random(f"plan {seed}")
    kinds = Deck([kind for kind in of_kinds for _ in range(WEIGHTS[kind]) if targets.of(kind)], rng)
    decks = {kind: Deck(targets.of(kind), rng) for kind in of_kinds}
    hows = {server: Deck(of_server, rng) for server, of_server in refusals.HOWS.items()}
    busy_until = {}
    faults, now = [], 0.0
    while len(faults) < count:
        now += rng.expovariate(1 / MEAN_GAP_SECONDS)
        free = {card for kind in of_kinds for card in targets.of(kind) if busy_until.get(card, 0) <= now}
        kind = kinds.draw(lambda kind, free=free: not free.isdisjoint(targets.of(kind)))
        if kind is None:
            continue
        target = decks[kind].draw(lambda card, free=free: card in free)
        seconds, detail = length(kind, target, targets, rng)
        busy_until[target] = now + seconds + REST_SECONDS
        how = hows[target].draw() if kind == "errors" else ""
        faults.append(Fault(len(faults) + 1, now, kind, target, seconds, detail, how))
    return faults
