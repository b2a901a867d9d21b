"""The notebooks, run as they are shipped, against the running lab; and the Python client beside them."""

import os
import pathlib

import logger
import nbformat
import pytest
import tilth
from lab import wait_for
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(lab, path, monkeypatch, tmp_path):
    monkeypatch.setenv("LAB_URL", lab.url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python") + os.pathsep + os.environ.get("PYTHONPATH", ""))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any(output.output_type in ("execute_result", "display_data") for output in outputs)


def test_the_client_gives_what_was_imported(lab):
    frame = tilth.connect(lab.url).series(datastream=logger.TEMPERATURE, start=logger.START, end="now")
    assert len(frame) == logger.HOURS
    assert frame["value"].iloc[30] == logger.temperature(30)
    assert "fail" in set(frame["flag"])


def test_the_client_follows_what_comes(lab):
    lab.publish('{"name": "sensor3", "value": 1.5}')
    client = tilth.connect(lab.url)
    wait_for("sensor3", lambda: any(thing.name == "sensor3" for thing in client.things()))
    with client.series("sensor3", "value", live=True) as series:
        lab.publish('{"name": "sensor3", "value": 2.5}')
        while 2.5 not in list(series.frame()["value"]):
            assert series.wait(30), "no change within 30 s"


def test_sql_sees_the_same_readings(lab):
    frame = tilth.connect(lab.url).sql("SELECT count(*) AS n FROM observation WHERE thing = 'logger-1' AND property = 'soil_temperature'")
    assert frame["n"].iloc[0] == logger.HOURS
