"""Do the tests notice? Each mistake of src/base/mutant.h is made on purpose, and the test named for it must fail.

The report at the end says which test noticed which mistake, and by which words.
"""

import dataclasses
import os
import re
import subprocess
import sys

import places
import pytest
from places import HERE, MUTANT_PLUGIN, MUTANTS, TILTH

TESTS = HERE.parent
MOST_RUNS = 3


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    folder: str  # of tests/
    case: str  # of pytest -k
    test: str  # that must fail
    options: tuple = ()


LAB = [
    Mutant("acknowledged-before-commit", "crash", "test_killed and timed", "test_every_acknowledged_message_is_in_the_stream",
           ("--kills", "8")),
    Mutant("cursor-outside-transaction", "crash", "test_killed and timed", "test_every_message_has_effect_exactly_once",
           ("--kills", "8")),
    Mutant("synchronous-off", "faults", "lab_without_power and strict", "test_what_was_acknowledged_is_in_the_stream",
           ("--kills", "8")),
    Mutant("dedupe-window-too-short", "identity", "stored_and_not_acknowledged and plain",
           "test_a_batch_that_was_stored_and_not_acknowledged_comes_again_and_counts_once"),
]
PLUGIN = [
    Mutant("journal-without-sync", "faults", "all_killed and always-power", "test_what_was_acknowledged_is_in_the_stream",
           ("--kills", "8")),
    Mutant("journal-after-acknowledgement", "identity", "test_publisher and after_pubrec",
           "test_a_broker_that_is_killed_after_pubrec_has_the_message_once"),
    Mutant("ids-not-stripped", "identity", "id_that_a_publisher_sets and plugin",
           "test_an_id_that_a_publisher_sets_does_not_make_two_messages_one"),
]


def run(mutant, seed):
    """The inner run's output; its tests are given the program with the mistakes."""
    own = {name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS / mutant.folder, "-k", mutant.case,
               "--seed", str(seed), *mutant.options]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**own, "TILTH_BINARY": str(MUTANTS), "MUTANT": mutant.name})
    return done.stdout + done.stderr


def reason(output):
    """The first line that says what was wrong."""
    words = r"fault: .*|.*ended with \d+|.*not within .*|.*fault.*|assert .*"
    found = re.search(rf"^E\s+(?:AssertionError: )?({words})$", output, re.MULTILINE)
    return found.group(1)[:110] if found else ""


@pytest.mark.skipif(not MUTANTS.exists(), reason=f"{MUTANTS} is not built: ninja tilth_mutants")
@pytest.mark.parametrize("mutant", LAB + PLUGIN, ids=lambda mutant: mutant.name)
def test_a_mistake_is_noticed(mutant, seed, say):
    """Where a kill has to fall into the right moment, it may take another run."""
    if mutant in PLUGIN and not MUTANT_PLUGIN.exists():
        pytest.skip(f"{MUTANT_PLUGIN} is not built")
    for attempt in range(MOST_RUNS):
        output = run(mutant, seed + attempt)
        if noticed := re.search(rf"^(FAILED|ERROR) \S*::({mutant.test}\S*)", output, re.MULTILINE):
            break
    say(f"mistake {mutant.name}: {'noticed by ' + noticed.group(2) if noticed else 'NOT NOTICED'}: {reason(output)}")
    assert noticed, output


@pytest.mark.parametrize("program", [TILTH, places.PLUGIN], ids=["tilth", "plugin"])
def test_what_is_installed_has_none_of_them(program):
    if not program.exists():
        pytest.skip(f"{program} is not built")
    content = program.read_bytes()
    assert not [mutant.name for mutant in LAB + PLUGIN if mutant.name.encode() in content]


@pytest.mark.skipif(not MUTANTS.exists(), reason=f"{MUTANTS} is not built: ninja tilth_mutants")
def test_those_with_mistakes_have_them():
    programs = [(MUTANTS, LAB), (MUTANT_PLUGIN, PLUGIN if MUTANT_PLUGIN.exists() else [])]
    assert not [mutant.name for program, mutants in programs for mutant in mutants
                if mutant.name.encode() not in program.read_bytes()]
