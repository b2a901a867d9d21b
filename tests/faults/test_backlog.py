"""The lab is away while 100,000 messages come in: the broker keeps them, and the lab takes them in order when it is back.
Rates and memory are reported."""

import os
import pathlib
import sqlite3
import time

import places
import pytest
from flood import flood
from processes import wait_for

MESSAGES = 100_000


def peak_megabytes(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def payloads():
    for i in range(MESSAGES):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_735_689_600 + 10 * i))
        yield f'{{"device": "backlog", "time": "{at}", "seq": {i}, "vwc_5cm": 0.21}}'.encode()


ALWAYS = pytest.param("always", marks=pytest.mark.skipif(
    not os.environ.get("TILTH_LONG_TESTS"), reason="100,000 syncs: only in ./tilth test all (TILTH_LONG_TESTS)"))


@pytest.mark.parametrize("sync", [None, "interval", ALWAYS], ids=lambda sync: sync or "no-plugin")
def test_a_hundred_thousand_messages_wait_for_the_lab_in_order(request, open_scene, say, sync):
    if sync and not places.PLUGIN.exists():
        pytest.skip(f"{places.PLUGIN} is not built")
    folder = request.config.evidence / f"backlog-{sync}"
    with open_scene(folder.name, broker={"lines": places.plugin_lines(folder / "broker", sync) if sync else ""}) as scene:
        assert scene.lab.stop()[1] == 0
        begin = time.monotonic()
        flood(scene.broker.port, "field/backlog", payloads(), MESSAGES)
        taken = time.monotonic() - begin
        scene.lab.start()
        begin = time.monotonic()
        database = f"file:{scene.lab.data}/stream.sqlite?mode=ro"

        def stored():
            file = sqlite3.connect(database, uri=True, timeout=10)
            return file.execute("SELECT count(*) FROM record WHERE kind = 1").fetchone()[0]

        wait_for("the backlog", lambda: stored() >= MESSAGES, scene.lab.process, 300)
        drained = time.monotonic() - begin
        wait_for("no lag", lambda: scene.lab.get("/api/v1/status")["lag"]["records"] == 0, scene.lab.process, 300)
        processed = time.monotonic() - begin
        say(f"backlog, {sync or 'no plugin'}: {MESSAGES} messages taken by the broker at {MESSAGES / taken:.0f}/s; from the "
            f"lab's start to all stored {drained:.1f} s ({MESSAGES / drained:.0f}/s), to all processed {processed:.1f} s; "
            f"memory at most {peak_megabytes(scene.broker.process):.0f} MB broker, "
            f"{peak_megabytes(scene.lab.process):.0f} MB lab")
        rows = sqlite3.connect(database, uri=True).execute("SELECT payload FROM record WHERE kind = 1 ORDER BY place")
        assert [bytes(row[0]) for row in rows] == list(payloads())
        assert scene.lab.stop()[1] == 0
