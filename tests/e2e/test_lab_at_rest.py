"""A lab that is stopped, moved or restarted while somebody works with it."""

import datetime
import selectors
import signal
import subprocess

import pytest

from lab import Lab, wait_for

ROWS = 6_000


@pytest.fixture
def own_lab(tmp_path):
    """Empty, and this test's alone."""
    lab = Lab(tmp_path, "--no-emulate")
    yield lab
    lab.kill()


MAPPING = """
time_columns: ["when"]
time_zone: "Z"
thing: "waiting"
columns:
  - {column: "vwc", property: "volumetric_water_content", unit: "m3/m3", depth: 0.05}
"""


def test_a_stream_that_was_moved_answers_at_the_first_question(own_lab, tmp_path):
    own_lab.publish('{"name": "moved", "value": 5.1}')
    wait_for("the message", lambda: own_lab.get("/status")["counts"]["observations"] == 1)
    assert own_lab.stop() == 0
    there = tmp_path / "there"
    there.mkdir()
    own_lab.command("move", "--from", f"sqlite:{own_lab.folder}/data/stream.sqlite", "--to", f"sqlite:{there}/stream.sqlite")
    asked = subprocess.run([own_lab.binary, "query", "--thing", "moved", "--format", "csv", "--data", str(there)],
                           capture_output=True, text=True, check=True, env=own_lab.environment())
    assert asked.stdout.splitlines()[1].split(",")[5] == "5.1"
    assert "1 records that were waiting" in asked.stderr


def test_an_import_goes_on_when_the_lab_comes_back(own_lab, tmp_path):
    start = datetime.datetime(2015, 1, 1)
    rows = [f"{start + datetime.timedelta(hours=hour)},{0.2 + hour % 24 / 1000:.3f}" for hour in range(ROWS)]
    (tmp_path / "logger.csv").write_text("\n".join(["when,vwc", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    own_lab.process.send_signal(signal.SIGSTOP)  # so that the file is on its way when the lab is killed
    importing = subprocess.Popen([own_lab.binary, "import", str(tmp_path / "logger.csv"), "--mapping", str(tmp_path / "mapping.yaml"),
                                  "--data", str(own_lab.folder / "data")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env=own_lab.environment())
    try:
        with selectors.DefaultSelector() as complaints:
            complaints.register(importing.stderr, selectors.EVENT_READ)
            assert not complaints.select(1), "it waits for the lab that stands still"
            own_lab.process.kill()
            own_lab.process.wait()
            assert "the import goes on when the lab is back" in importing.stderr.readline()
        own_lab.start()
        assert importing.wait(60) == 0
        assert f"{ROWS} rows, {ROWS} readings" in importing.stdout.read()
        assert own_lab.get("/status")["counts"]["observations"] == ROWS
    finally:
        importing.kill()
        importing.wait()


def test_a_lab_from_its_backup_has_what_it_had(own_lab, tmp_path):
    own_lab.publish('{"name": "kept", "value": 5.1}')
    wait_for("the message", lambda: own_lab.get("/status")["counts"]["observations"] == 1)
    assert own_lab.stop() == 0
    assert "processed.duckdb" in own_lab.command("backup", str(tmp_path / "backup"))
    there = tmp_path / "there"
    restored = subprocess.run([own_lab.binary, "restore", str(tmp_path / "backup"), "--data", str(there)], capture_output=True, text=True,
                              check=False, env=own_lab.environment())
    assert restored.returncode == 0, restored.stderr
    assert (there / "processed.duckdb").stat().st_size == (own_lab.folder / "data/processed.duckdb").stat().st_size
    asked = subprocess.run([own_lab.binary, "check", "--data", str(there)], capture_output=True, text=True, check=False,
                           env=own_lab.environment())
    assert "no fault was found" in asked.stdout, asked.stdout + asked.stderr
