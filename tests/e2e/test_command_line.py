"""What a person types: every command against the running lab, what it says and its exit status."""

import json
import subprocess

import logger
import pytest
from lab import wait_for

HELP = [[], ["up"], ["emulate"], ["import"], ["query"], ["export"], ["sql"], ["config"], ["config", "settings"], ["config", "show"],
        ["config", "check"], ["config", "apply"], ["dead"], ["dead", "list"], ["dead", "show"], ["dead", "retry"], ["replay"], ["check"],
        ["archive"], ["archive", "move"], ["archive", "list"], ["archive", "verify"], ["archive", "delete"],
        ["bench"], ["completion"]]


def tilth(lab, *arguments, place=True, **options):
    """(status, what it printed, what it complained)."""
    where = ["--data", str(lab.folder / "data")] if place else []
    done = subprocess.run([lab.binary, *arguments, *where], capture_output=True, text=True, timeout=120, env=lab.environment(), check=False,
                          **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", HELP, ids=lambda command: " ".join(command) or "tilth")
def test_help_explains_every_option(lab, command):
    status, printed, complained = tilth(lab, *command, "--help", place=False)
    assert (status, complained) == (0, "")
    for line in printed.splitlines():
        assert not (line.startswith("  --") and len(line.split()) == 1), f"no word about {line.strip()}"


@pytest.mark.parametrize("arguments, status, complaint", [
    (["qery"], 2, "qery"),
    (["query", "--thing", "nobody"], 3, "there is no thing 'nobody'"),
    (["query", "--thing", logger.NAME, "--property", "rain"], 3, "there is soil_temperature at 0.1 m, volumetric_water_content at 0.1 m"),
    (["query", "--from", "2025-13-01"], 2, "'from'"),
    (["query", "--every", "fortnight"], 2, "'fortnight' is not a step"),
    (["query", "--flags", "fine"], 2, "is not a quality flag"),
    (["sql", "SELECT nothing FROM observation"], 2, "nothing"),
    (["sql", "DROP VIEW observation"], 1, "only SELECT"),
    (["export", "/nowhere/x.csv"], 2, "/nowhere/x.csv"),
    (["import", "/nowhere/x.csv"], 2, "/nowhere/x.csv"),
    (["import", "-", "--format", "nonsense"], 2, "there are "),
    (["dead", "show", "x"], 2, "WRITER/SEQUENCE"),
    (["dead", "show", "3/999999999"], 3, "999999999"),
    (["config", "show", "99"], 3, "99"),
    (["config", "check", "/nowhere"], 2, "/nowhere"),
    (["replay", "--thing", "nobody"], 3, "nobody"),
    (["check"], 4, "in use by process"),
    (["up"], 4, "in use by process"),
    (["emulate", "--qos", "0", "--ledger", "/tmp/x", "--count", "1"], 2, "--ledger"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_what_is_wrong_is_said_with_its_status(lab, arguments, status, complaint):
    got, _, complained = tilth(lab, *arguments, place=arguments[0] != "emulate", input="no file\n")
    assert got == status, complained
    assert complaint in complained
    assert "terminate" not in complained


def test_a_preview_says_how_many_readings_would_change(lab, tmp_path):
    site = tilth(lab, "config", "show")[1]
    same = tmp_path / "same.yaml"
    same.write_text(site, encoding="utf-8")
    status, printed, complained = tilth(lab, "config", "check", str(same))
    assert status == 0, complained
    assert "would change no reading" in printed
    other = tmp_path / "other.yaml"
    other.write_text(site.replace("profile: soil", "profile: qartod"), encoding="utf-8")
    status, printed, complained = tilth(lab, "config", "apply", str(other), "--preview")
    assert status == 0, complained
    assert " readings of " in printed and " datastreams (" in printed
    assert "would change" not in tilth(lab, "config", "check", str(other), "--no-preview")[1]


def test_a_replay_of_a_thing_finds_it_as_it_was_received(lab):
    status, printed, complained = tilth(lab, "replay", "--thing", logger.NAME)
    assert status == 0, complained
    assert "no reading differed" in printed


def test_a_file_that_was_imported_before_changes_nothing_and_says_so(lab):
    file = lab.folder / "logger.csv"
    before = len(lab.get("/observations", datastream=logger.TEMPERATURE)["series"][0]["rows"])
    status, printed, _ = tilth(lab, "import", str(file), "--format", "meter-zl6-csv", "--time-zone", "+00:00", "--thing", logger.NAME)
    assert status == 0
    assert "all of them known from an earlier import" in printed
    assert len(lab.get("/observations", datastream=logger.TEMPERATURE)["series"][0]["rows"]) == before


def test_a_ledger_holds_what_the_broker_took_and_the_lab_has_it_all(lab, tmp_path):
    ledger = tmp_path / "ledger"
    before = lab.get("/status")["counts"]["records"]
    status, printed, complained = tilth(
        lab, "emulate", "--broker", f"mqtt://127.0.0.1:{lab.mqtt_port}", "--nodes", "3", "--name", "ledger", "--rate", "200", "--count", "40",
        "--qos", "2", "--mqtt-version", "3.1.1", "--ledger", str(ledger), place=False)
    assert status == 0, complained
    assert printed.startswith("40 messages acknowledged")
    lines = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    assert sorted(line["number"] for line in lines) == list(range(40))
    assert all(line["topic"].startswith("tilth/ledger/") and json.loads(line["payload"]) for line in lines)
    wait_for("the messages of the ledger", lambda: lab.get("/status")["counts"]["records"] >= before + 40)


COMPLETE = """
source <("$TILTH" completion bash)
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_tilth
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize("words, offered", [
    ("tilth ''", ["up", "import", "completion"]),
    ("tilth config ''", ["show", "check", "apply", "settings"]),
    ("tilth config apply --", ["--why", "--preview", "--data"]),
    ("tilth query --f", ["--from", "--flags", "--format"]),
    ("tilth query --format ''", ["table", "csv", "json", "parquet"]),
    ("tilth up --data x --log-level ''", ["debug", "info", "warning", "error"]),
])
def test_a_shell_completes_commands_options_and_values(lab, words, offered):
    script = COMPLETE.format(words=words)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True,
                          env={**lab.environment(), "TILTH": lab.binary})
    assert set(offered) <= set(done.stdout.split())
