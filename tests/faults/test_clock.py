"""The wall clock is set back an hour, and forward again, while messages come in and broker and lab are killed: nothing is
lost, nothing counts twice, and times of arrival still rise within each writer.

Readings without a time of their own stand at their time of arrival. A clock that is set back makes such times come a
second time; two messages of one device that share a microsecond are one reading and a conflict, though both are kept
(docs/guarantees.md). So only readings with a time are compared one by one."""

import sqlite3

import places
import pytest
from processes import wait_for


@pytest.mark.parametrize("bare", [False, True], ids=["timed", "bare"])
def test_a_clock_that_is_set_back_loses_nothing(request, open_scene, say, bare):
    folder = request.config.evidence / f"clock-{bare}"
    shift = folder / "shift"
    clock = {"LD_PRELOAD": str(places.SHIFTED_CLOCK), "SHIFTED_CLOCK": str(shift)}
    lines = places.plugin_lines(folder / "broker") if places.PLUGIN.exists() else ""
    with open_scene(folder.name, lab={"extra": clock}, broker={"extra": clock, "lines": lines}) as scene:
        scene.publish(bare=bare, patient=True)
        for seconds in (0, -3600, 0, 3600, -7200):
            before = scene.acknowledged()
            shift.write_text(str(seconds))
            wait_for("messages", lambda n=before: scene.acknowledged() > n + 200, seconds=60)
            scene.lab.kill()
            scene.broker.kill()
            scene.broker.start()
            scene.lab.start()
        scene.stop_publishers()
        assert scene.lab.stop()[1] == 0
        if not lines:
            scene.excuse("doubles")
            scene.excuse("0 1e12")
        say(f"clock set back and forward: {scene.ask_oracle('stream').rstrip()}")
        if not bare:
            scene.ask_oracle("readings")
        assert not falling_arrivals(scene.lab.data)
        done = scene.lab.run("check")
        assert done.returncode == 0, done.stdout + done.stderr


def falling_arrivals(data):
    """Records of a writer that arrived no later than the one before."""
    file = sqlite3.connect(f"file:{data}/stream.sqlite?mode=ro", uri=True)
    return file.execute(
        "SELECT place FROM (SELECT place, received_at, lag(received_at) OVER (PARTITION BY place >> 40 ORDER BY place) AS "
        "before FROM record) WHERE received_at <= before").fetchall()
