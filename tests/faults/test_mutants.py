"""Do the tests notice? Each mistake of src/base/mutant.h is made on purpose, and the test named for it must fail.

The report at the end says which test noticed which mistake, and by which words.
"""

import dataclasses
import os
import re
import subprocess
import sys

import pytest
from places import HERE, MUTANTS, TILTH

TESTS = HERE.parent


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
    found = re.search(r"^E\s+(?:AssertionError: )?(fault: .*|.*ended with \d+|.*fault.*|assert .*)$", output, re.MULTILINE)
    return found.group(1)[:110] if found else ""


@pytest.mark.skipif(not MUTANTS.exists(), reason=f"{MUTANTS} is not built: ninja tilth_mutants")
@pytest.mark.parametrize("mutant", LAB, ids=lambda mutant: mutant.name)
def test_a_mistake_is_noticed(mutant, seed, say):
    output = run(mutant, seed)
    noticed = re.search(rf"^(FAILED|ERROR) \S*::({mutant.test}\S*)", output, re.MULTILINE)
    say(f"mistake {mutant.name}: {'noticed by ' + noticed.group(2) if noticed else 'NOT NOTICED'}: {reason(output)}")
    assert noticed, output


def test_the_program_itself_has_none_of_them():
    program = TILTH.read_bytes()
    assert not [mutant.name for mutant in LAB if mutant.name.encode() in program]
