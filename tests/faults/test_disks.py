"""A disk that is full, read-only or broken under the journal or a store: nothing acknowledged is lost, what cannot be
kept is refused or waits, and all goes on by itself when the disk is there again."""

import contextlib
import os
import subprocess

import places
import pytest
from processes import wait_for

ENOSPC, EROFS, EIO = 28, 30, 5


class SmallDisk:
    """A file system of its own in memory."""

    def __init__(self, folder, megabytes):
        self.folder = folder
        folder.mkdir(parents=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tilth-test", folder],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
        self.filler = folder / "filler"

    def fill(self):
        with contextlib.suppress(OSError), open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def clear(self):
        self.filler.unlink()

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.folder], check=True)

    def end(self):
        subprocess.run(["umount", "-l", self.folder], check=False)


class Failing:
    """Calls below a folder that fail with an errno while told to."""

    def __init__(self, root, control):
        self.root = root
        self.control = control

    def variables(self):
        return {"LD_PRELOAD": str(places.FAILING_DISK), "FAILING_ROOT": str(self.root), "FAILING_CONTROL": str(self.control)}

    def fail(self, error, only_syncs=False):
        self.control.write_text(f"{error} {'sync' if only_syncs else ''}")

    def mend(self):
        self.control.write_text("0")


@pytest.fixture
def disk(request):
    disks = []

    def make(folder, megabytes):
        disks.append(SmallDisk(folder, megabytes))
        return disks[-1]

    yield make
    for one in disks:
        one.end()


def not_ready(lab):
    """What /readyz says is missing."""
    try:
        return [check["name"] for check in lab.get("/readyz")["checks"] if not check["ready"]]
    except OSError:
        return ["anything"]


def check_all(scene, say, what):
    scene.stop_publishers()
    assert scene.lab.stop()[1] == 0
    say(f"{what}: {scene.ask_oracle('stream').rstrip()}")
    scene.ask_oracle("readings")
    done = scene.lab.run("check")
    assert done.returncode == 0, done.stdout + done.stderr


def wait_acknowledged(scene, more):
    before = scene.acknowledged()
    wait_for(f"{more} acknowledgements", lambda: scene.acknowledged() >= before + more, seconds=60)


@pytest.mark.parametrize("store", ["stream", "processed"])
def test_a_store_on_a_full_disk_waits_and_goes_on(request, open_scene, disk, say, store):
    """The other store lies on another disk, behind a symbolic link."""
    folder = request.config.evidence / f"full-{store}"
    small = disk(folder / "small", 24)
    (folder / "data").mkdir()
    if store == "stream":
        (folder / "data/stream.sqlite").symlink_to(small.folder / "stream.sqlite")
    else:
        (folder / "data").rmdir()
        (folder / "data").symlink_to(small.folder)
        (folder / "large").mkdir()
        (small.folder / "stream.sqlite").symlink_to(folder / "large/stream.sqlite")
    with open_scene(folder.name) as scene:
        scene.publish()
        wait_acknowledged(scene, 100)
        small.fill()
        if store == "stream":
            wait_for("a lab that says so", lambda: "will be tried again" in (folder / "up.log").read_text(), seconds=60)
        wait_acknowledged(scene, 500)
        small.clear()
        check_all(scene, say, f"{store} on a full disk")


@pytest.mark.parametrize(("error", "only_syncs"), [(EROFS, False), (EIO, False), (EIO, True)],
                         ids=["read-only", "broken", "broken-sync"])
def test_a_stream_whose_disk_fails_acknowledges_nothing_until_it_works_again(request, open_scene, say, error, only_syncs):
    folder = request.config.evidence / f"failing-{error}-{only_syncs}"
    failing = Failing(folder / "data/stream", folder / "control")
    with open_scene(folder.name, lab={"extra": failing.variables()}) as scene:
        scene.publish()
        wait_acknowledged(scene, 100)
        failing.fail(error, only_syncs)
        wait_for("a lab that says so", lambda: "will be tried again" in (folder / "up.log").read_text(), seconds=60)
        wait_acknowledged(scene, 200)
        failing.mend()
        check_all(scene, say, f"stream, errno {error}{', syncs only' if only_syncs else ''}")


@pytest.mark.parametrize("error", [ENOSPC, EROFS, EIO])
def test_results_whose_disk_fails_come_later(request, open_scene, say, error):
    folder = request.config.evidence / f"failing-processed-{error}"
    failing = Failing(folder / "data/processed", folder / "control")
    with open_scene(folder.name, lab={"extra": failing.variables()}) as scene:
        scene.publish()
        wait_acknowledged(scene, 100)
        failing.fail(error)
        wait_acknowledged(scene, 200)
        failing.mend()
        check_all(scene, say, f"processed, errno {error}")


def test_a_read_only_folder_is_said_at_the_start_and_harms_nothing(request, open_scene, disk, say):
    folder = request.config.evidence / "read-only"
    small = disk(folder / "data", 64)
    with open_scene(folder.name) as scene:
        scene.publish()
        wait_acknowledged(scene, 100)
        scene.lab.kill()
        small.remount("ro")
        done = scene.lab.run("up", "--no-emulate", "--http", "127.0.0.1:0",
                             "--broker", f"mqtt://127.0.0.1:{scene.broker.port}")
        assert done.returncode not in (0, -11, -6), done.stdout + done.stderr
        assert str(scene.lab.data) in done.stderr
        small.remount("rw")
        scene.lab.start()
        check_all(scene, say, "read-only at the start")


needs_plugin = pytest.mark.skipif(not places.PLUGIN.exists(), reason=f"{places.PLUGIN} is not built")


syncs = pytest.mark.parametrize("sync", ["always", "interval"])


@needs_plugin
@syncs
def test_a_journal_on_a_full_disk_refuses_and_recovers(request, open_scene, disk, say, sync):
    """The segments that are there are used up first. A publisher of MQTT 5 gets a reason, one of 3.1.1 is cut off; both
    keep what they have not been acknowledged."""
    folder = request.config.evidence / f"full-journal-{sync}"
    small = disk(folder / "small", 12)
    lines = places.plugin_lines(folder / "broker", sync, journal=small.folder / "journal", segment="64K", limit="8M")
    with open_scene(folder.name, broker={"lines": lines}) as scene:
        scene.publish(patient=True)
        wait_acknowledged(scene, 100)
        small.fill()
        log = folder / "broker/mosquitto.log"
        wait_for("a broker that refuses", lambda: "refused" in log.read_text(), scene.broker.process, 120)
        small.clear()
        wait_acknowledged(scene, 100)
        check_all(scene, say, f"journal on a full disk, {sync}")


@needs_plugin
@syncs
@pytest.mark.parametrize("error", [EROFS, EIO])
def test_a_journal_whose_disk_fails_refuses_and_recovers(request, open_scene, say, error, sync):
    folder = request.config.evidence / f"failing-journal-{error}-{sync}"
    failing = Failing(folder / "broker/journal", folder / "control")
    lines = places.plugin_lines(folder / "broker", sync, segment="64K", limit="8M")
    broker = {"lines": lines, "extra": failing.variables()}
    with open_scene(folder.name, broker=broker) as scene:
        scene.publish(patient=True)
        wait_acknowledged(scene, 100)
        failing.fail(error)
        log = folder / "broker/mosquitto.log"
        wait_for("a broker that refuses", lambda: "refused" in log.read_text(), scene.broker.process, 60)
        failing.mend()
        wait_acknowledged(scene, 100)
        scene.lab.kill()
        scene.broker.kill()
        scene.broker.start()
        scene.lab.start()
        check_all(scene, say, f"journal, errno {error}, {sync}")


@needs_plugin
def test_a_journal_that_cannot_be_opened_stops_the_brokers_start_with_a_sentence(tmp_path, disk):
    small = disk(tmp_path / "small", 4)
    small.remount("ro")
    folder = tmp_path / "broker"
    folder.mkdir()
    (folder / "mosquitto.conf").write_text(
        f"persistence true\npersistence_location {folder}/\nuser root\nlistener 0 127.0.0.1\nlog_dest stderr\n"
        + places.plugin_lines(folder, journal=small.folder / "journal"))
    done = subprocess.run(["mosquitto", "-c", folder / "mosquitto.conf"], capture_output=True, text=True, timeout=30,
                          check=False, env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"})
    assert done.returncode != 0
    assert str(small.folder / "journal") in done.stderr
    assert "Read-only file system" in done.stderr
