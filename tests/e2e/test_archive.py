"""Old records in archive files: the lab shows, explains and makes anew what it did before."""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import pytest
from lab import Lab, wait_for

READINGS = 400
DAY = 86_400 * 1_000_000
SHIFT = 40 * DAY
"""So long ago the first messages came, once the file has been made older."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a lab whose first messages are forty days old, and those of today; nothing runs on it."""
    folder = tmp_path_factory.mktemp("archive")
    lab = Lab(folder, "--no-emulate")
    try:
        send(lab, "node-1", 0, READINGS)
        lab.publish("no JSON at all")
        wait_for("the readings", lambda: len(rows(lab)) == READINGS)
        lab.stop()
        with sqlite3.connect(folder / "data" / "stream.sqlite") as stream:
            stream.execute("UPDATE record SET received_at = received_at - ?", (SHIFT,))
        stream.close()
        for results in (folder / "data").glob("processed.duckdb*"):
            results.unlink()
        lab.start()
        send(lab, "node-1", READINGS, 5)
        wait_for("all readings", lambda: len(rows(lab)) == READINGS + 5)
        lab.stop()
    finally:
        lab.kill()
    return folder


def send(lab, node, first, count):
    messages = "".join(json.dumps({"name": node, "value": 20 + i % 7, "time": f"2026-01-{1 + i // 24:02}T{i % 24:02}:00:00Z"}) + "\n"
                       for i in range(first, first + count))
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(lab.mqtt_port), "-t", "sensors", "-q", "1", "-l"], input=messages,
                   text=True, check=True, timeout=60)


def rows(lab):
    names = [one["name"] for one in lab.get("/datastreams")["datastreams"]]
    return lab.get("/observations", datastream=names[0], limit=10_000)["series"][0]["rows"] if names else []


class Offline:
    """Commands on the files of a lab that does not run; what they printed, and where they fail, what they complained."""

    def __init__(self, folder, binary):
        self.folder = folder
        self.binary = binary

    def __call__(self, *arguments, expect=0):
        done = subprocess.run([self.binary, *arguments, "--data", str(self.folder / "data")], capture_output=True, text=True, timeout=120,
                              env=Lab.environment(), check=False)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if expect == 0 else done.stdout + done.stderr


@pytest.fixture
def tilth(folder, tmp_path):
    """On a copy of its own, so that each test begins with the same lab."""
    shutil.copytree(folder / "data", tmp_path / "data")
    return Offline(tmp_path, os.environ["TILTH_BINARY"])


def stored(tilth):
    with sqlite3.connect(tilth.folder / "data" / "stream.sqlite") as stream:
        (count,) = stream.execute("SELECT count(*) FROM record").fetchone()
    stream.close()
    return count


def files(tilth):
    return sorted((tilth.folder / "data" / "archive").glob("*.tilth"))


def test_nothing_is_moved_that_is_young(tilth):
    before = stored(tilth)
    assert "0 records" in tilth("archive", "move", "--older-than", "50d")
    assert stored(tilth) == before
    assert "stay in the store" in tilth("archive", "move", "--older-than", "1h", expect=2)


def test_archived_records_are_read_like_all_others(tilth):
    before = stored(tilth)
    dead = tilth("dead", "list")
    shown = tilth("query", "--format", "csv")
    assert f"{READINGS} records" in tilth("archive", "move", "--older-than", "30d")
    assert stored(tilth) == before - READINGS
    assert "archive files are whole" in tilth("archive", "verify")
    assert "no fault was found" in tilth("check")
    assert tilth("query", "--format", "csv") == shown
    assert tilth("dead", "list") == dead
    assert "the new results are active" in tilth("replay")
    assert tilth("query", "--format", "csv") == shown
    assert tilth("archive", "list").count(".tilth") == len(files(tilth))

    backup = tilth.folder / "backup"
    assert f"{before} records" in tilth("backup", str(backup))
    restored = Offline(tilth.folder / "restored", tilth.binary)
    restored.folder.mkdir()
    restored("restore", str(backup))
    assert stored(restored) == before


def test_a_running_lab_shows_an_archived_message(tilth):
    tilth("archive", "move", "--older-than", "30d")
    lab = Lab(tilth.folder, "--no-emulate", "--archive-after", "30d")
    try:
        writer = int(files(tilth)[0].name.split("-")[0])
        assert json.loads(lab.get(f"/raw/{writer}/3")["text"])["name"] == "node-1"
        send(lab, "node-1", READINGS + 5, 2)
        wait_for("the new readings", lambda: len(rows(lab)) == READINGS + 7)
    finally:
        lab.kill()


def test_a_damaged_or_missing_file_is_named(tilth):
    tilth("archive", "move", "--older-than", "30d")
    file = files(tilth)[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:200] + b"?" + whole[201:])
    assert file.name in tilth("archive", "verify", expect=1)
    file.unlink()
    said = tilth("archive", "verify", expect=1)
    assert file.name in said and "missing" in said
    elsewhere = tilth.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / file.name).write_bytes(whole)
    assert "whole" in tilth("archive", "verify", "--archive", str(elsewhere))


def test_a_killed_move_is_gone_on_with(tilth):
    before = stored(tilth)
    with subprocess.Popen([tilth.binary, "archive", "move", "--older-than", "30d", "--data", str(tilth.folder / "data")],
                          env=Lab.environment(), stdout=subprocess.DEVNULL) as move:
        wait_for("the first file", lambda: move.poll() is not None or list((tilth.folder / "data").glob("archive/*.tilth")))
        move.send_signal(signal.SIGKILL)
    assert "no fault was found" in tilth("check")
    tilth("archive", "move", "--older-than", "30d")
    assert stored(tilth) == before - READINGS
    assert "no fault was found" in tilth("check")


def test_deleting_needs_a_yes_and_freezes_the_results(tilth):
    tilth("archive", "move", "--older-than", "30d")
    shown = tilth("query", "--format", "csv")
    delete = ["archive", "delete", "--before", "2100-01-01T00:00:00Z", "--why", "a test", "--who", "anna"]
    assert files(tilth)[0].name in tilth(*delete, expect=1)
    assert files(tilth)
    assert f"{READINGS} records are deleted" in tilth(*delete, "--yes")
    assert not files(tilth)
    listed = tilth("archive", "list")
    assert "deleted" in listed and "anna" in listed and "a test" in listed
    assert tilth("query", "--format", "csv") == shown
    assert "anna" in tilth("replay", expect=1)
    site = pathlib.Path(tilth.folder / "site.yaml")
    site.write_text("site: {name: other}\n", encoding="utf-8")
    assert "anna" in tilth("config", "apply", str(site), "--why", "a test", expect=1)
    assert "not compared" in tilth("check")
    assert tilth("query", "--format", "csv") == shown
