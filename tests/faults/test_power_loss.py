"""The tool itself: it must not take what was synced, and must notice a sync that is missing."""

import collections
import os
import pathlib
import subprocess

import power_loss
import pytest
from places import CAREFUL, UNSYNCED

SEEDS = range(8)


class Place:
    """A folder, its shadow, and programs that are killed in it."""

    def __init__(self, folder):
        self.root = folder / "root"
        self.shadow = folder / "shadow"
        self.root.mkdir()

    def run(self, *mistake, names="with-file"):
        """What the program believed to be durable: line → how often."""
        watched = {"LD_PRELOAD": str(UNSYNCED), "UNSYNCED_ROOT": str(self.root), "UNSYNCED_SHADOW": str(self.shadow),
                   "UNSYNCED_NAMES": names}
        done = subprocess.run([CAREFUL, self.root, *mistake], env={**os.environ, **watched}, capture_output=True, text=True,
                              check=True)
        return collections.Counter(done.stdout.split())

    def lose_power(self, mode="drop", seed=0):
        return power_loss.Loss(self.root, self.shadow, mode, seed).strike()

    def records(self):
        log = self.root / "log"
        content = log.read_bytes() if log.exists() else b""
        whole = [content[at:at + 700] for at in range(0, len(content), 700)]
        return sum(record == bytes([ord("a") + i]) * 700 for i, record in enumerate(whole))

    def state(self):
        return (self.root / "state").read_text() if (self.root / "state").exists() else None


@pytest.fixture
def place(tmp_path):
    return Place(pathlib.Path(os.path.realpath(tmp_path)))


@pytest.mark.parametrize("mode", power_loss.MODES)
@pytest.mark.parametrize("names", ["strict", "with-file"])
def test_what_was_synced_stays(place, mode, names):
    for seed in SEEDS:
        believed = place.run(names=names)
        place.lose_power(mode, seed)
        assert place.records() >= believed["record"] == 10
        assert place.state() == "new"


def test_a_missing_sync_is_noticed(place):
    assert place.run("no-sync")["record"] == 10
    changed, lost_names = place.lose_power()
    assert place.records() == 0
    assert changed > 0 or lost_names > 0


def test_records_without_a_sync_are_torn_somewhere(place):
    """Over some seeds: a part of the records is left, and now and then a part of one."""
    left, lengths = set(), set()
    for seed in SEEDS:
        place.run("no-sync")
        place.lose_power("torn", seed)
        left.add(place.records())
        lengths.add((place.root / "log").stat().st_size % 700 if (place.root / "log").exists() else 0)
        (place.root / "log").unlink(missing_ok=True)
    assert len(left) > 2
    assert lengths - {0}


def test_blocks_without_a_sync_are_lost_in_any_order(place):
    def holes(seed):
        """Whether a block is missing before one that is there."""
        place.run("no-sync")
        place.lose_power("reordered", seed)
        content = (place.root / "log").read_bytes() if (place.root / "log").exists() else b""
        blocks = [any(content[at:at + power_loss.BLOCK]) for at in range(0, len(content), power_loss.BLOCK)]
        (place.root / "log").unlink(missing_ok=True)
        return any(not here and any(blocks[i:]) for i, here in enumerate(blocks))

    assert any(holes(seed) for seed in range(30))


def test_a_folder_that_was_not_synced_loses_the_new_name(place):
    assert place.run("no-folder-sync", names="strict")["state"] == 1
    place.lose_power()
    assert place.state() is None


def test_a_rename_before_the_sync_may_leave_an_empty_file(place):
    assert place.run("rename-first", names="strict")["state"] == 1
    place.lose_power()
    assert place.state() == ""


def test_files_that_were_there_before_are_not_touched(place):
    (place.root / "other").write_text("there before")
    place.run("no-sync")
    place.lose_power()
    assert (place.root / "other").read_text() == "there before"
