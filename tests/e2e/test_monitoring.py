"""What deploy/monitoring asks for is what a running lab exposes."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest
from lab import wait_for

FOLDER = pathlib.Path(__file__).parents[2] / "deploy" / "monitoring"
ON_SERVERS_ALONE = {"tilth_store_connections_in_use", "tilth_store_connections_limit"}
"""Of roles on stores that are servers: tests/chaos/test_roles.py."""
METRIC = re.compile(r"\btilth_[a-z_]+")


def promtool(*arguments, text=None):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, input=text, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def exposed(lab):
    """Names of the samples, as a query would give them."""
    return {re.match(r"[a-z_]+", line)[0] for line in lab.metrics().splitlines() if line and line[0] != "#"}


def test_each_alert_fires_for_its_reason_only():
    status, said = promtool("test", "rules", "alerts_test.yaml")
    assert status == 0, said


def test_prometheus_finds_nothing_to_complain_about_in_the_metrics(lab):
    status, said = promtool("check", "metrics", text=lab.metrics())
    assert (status, said) == (0, "")


@pytest.mark.parametrize("file", ["alerts.yaml", "grafana-dashboard.json"])
def test_every_metric_named_is_exposed(lab, file):
    # A reason for a dead letter is exposed once there is one.
    lab.publish("not json")
    wait_for("the dead letter to be counted", lambda: "tilth_process_dead_letters_total" in exposed(lab))
    named = set(METRIC.findall((FOLDER / file).read_text())) - ON_SERVERS_ALONE
    assert named
    # The broker says how its journal is every few seconds.
    wait_for("every metric", lambda: named <= exposed(lab))


def test_every_panel_asks_something():
    panels = json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]
    assert panels and all(target["expr"] for panel in panels for target in panel["targets"])
