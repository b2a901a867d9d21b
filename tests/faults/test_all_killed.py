"""Broker, lab and both are killed in random order while publishers send with QoS 1 and 2. What the broker acknowledged
is in the lab, and nothing counts twice."""

import dataclasses
import time

import places
import pytest
from disk import Disk

SEDATE = (4, 6)
"""Seconds between two kills where something may be lost before each, so that most of the time nothing may."""


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    sync: str | None = None  # of the plugin; None: Mosquitto alone
    power: bool = False  # what was not synced is lost with the process
    bare: bool = False  # payloads without time and number
    may_lose: float = 0  # of what was acknowledged in so many seconds before the broker's end, and as long after it or,
    # without the plugin, until the lab has subscribed again

    @property
    def pause(self):
        return SEDATE if self.may_lose else (0.05, 0.8)


CASES = [
    Case("always-power", "always", power=True),
    Case("always-bare", "always", bare=True),
    Case("interval", "interval"),
    Case("interval-power", "interval", power=True, may_lose=1),  # of which 0.1 s by its setting, the rest for a busy machine
    Case("no-plugin", may_lose=2.5),  # Mosquitto saves every second
    Case("no-plugin-power", power=True, may_lose=2.5),
]


class Killer:
    """What is killed, and what a machine that loses power takes with it."""

    def __init__(self, scene, disks):
        self.scene = scene
        self.disks = disks
        self.random = scene.random
        self.broker_kills = []
        self.subscribed = []  # for each of these the time when the lab had subscribed again
        self.counts = dict.fromkeys(("lab", "broker", "both"), 0)

    def end(self, what):
        process = self.scene.lab if what == "lab" else self.scene.broker
        if what == "broker":
            self.broker_kills.append(time.time())
        process.kill()
        if what in self.disks:
            self.disks[what].lose_power(self.random)

    def strike(self):
        what = self.random.choice(list(self.counts))
        self.counts[what] += 1
        victims = ["lab", "broker"] if what == "both" else [what]
        for number, victim in enumerate(victims):
            if number:  # the broker goes on for a while without the lab, and has what nobody else has
                time.sleep(self.random.uniform(0.05, 0.9))
            self.end(victim)
        self.random.shuffle(victims)
        for victim in victims:
            (self.scene.lab if victim == "lab" else self.scene.broker).start()

    def wait_until_subscribed(self, after):
        """`after` so many seconds, in which the lab notices that the broker has ended."""
        self.scene.lab.wait(after)
        self.scene.lab.wait_until_subscribed()
        self.subscribed += [time.time()] * (len(self.broker_kills) - len(self.subscribed))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def killed(request, open_scene, kills, say):
    case = request.param
    if case.sync and not places.PLUGIN.exists():
        pytest.skip(f"{places.PLUGIN} is not built")
    folder = request.config.evidence / f"all-killed-{case.name}"
    disks = {"lab": Disk(folder / "data", folder / "lab-shadow", "strict"),
             "broker": Disk(folder / "broker", folder / "broker-shadow", "strict")} if case.power else {}
    variables = {what: disk.variables() for what, disk in disks.items()}
    broker = {"lines": places.plugin_lines(folder / "broker", case.sync) if case.sync else "",
              "extra": variables.get("broker")}
    with open_scene(folder.name, broker=broker, lab={"extra": variables.get("lab")}) as scene:
        scene.publish(bare=case.bare, patient=True)
        killer = Killer(scene, disks)
        for _ in range(kills // 5 if case.may_lose else kills):
            scene.lab.wait(scene.random.uniform(*case.pause))
            killer.strike()
            if case.may_lose:
                killer.wait_until_subscribed(case.may_lose)
        scene.lab.wait_until_subscribed()
        scene.stop_publishers()
        assert scene.lab.stop()[1] == 0
        if not case.sync:
            scene.excuse("doubles")
        for at, subscribed in zip(killer.broker_kills, killer.subscribed, strict=False):
            end = at + case.may_lose if case.sync else max(subscribed, at + case.may_lose)
            scene.excuse(f"{at - case.may_lose} {end}")
        counts = ", ".join(f"{what} {count}" for what, count in killer.counts.items())
        say(f"killed, {case.name}: {counts}" + "".join(f"; {what}: {disk.told()}" for what, disk in disks.items()))
        yield scene


def test_what_was_acknowledged_is_in_the_stream(killed, say):
    """But what may be lost: of the journal synced now and then, what was not synced when the power went; of Mosquitto
    alone, what it had not saved, and what comes before the lab has subscribed again."""
    say(killed.ask_oracle("stream").rstrip())


def test_it_has_effect_exactly_once(killed, say):
    say(killed.ask_oracle("readings").rstrip())


def test_results_equal_a_fresh_replay_of_the_stream(killed):
    done = killed.lab.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
