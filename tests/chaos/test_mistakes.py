"""Do the tests notice? The program makes one mistake of src/base/mutant.h on purpose, and a named test must fail: a
round of chaos, or a case of the MongoDB backend's suite. The PostgreSQL backend's integration tests do the same for its
own (mutants_postgresql_test.cpp), tests/faults/test_mutants.py for the embedded stores and the plugin.
"""

import dataclasses
import os
import re
import subprocess
import sys

import pytest
from places import BUILD, HERE, MUTANT_PLUGIN, MUTANTS


@dataclasses.dataclass(frozen=True)
class Mistake:
    name: str
    program: str
    case: str


ASKS = "MongodbSetup.AsksForTheMajorityAndTheJournalWhateverTheAddressSays"
MISTAKES = [Mistake("memory-taken-for-durable", "tilth_mistaken_mongodb", ASKS),
            Mistake("unordered-inserts", "tilth_mistaken_mongodb", ASKS)]


def outcome(mistake, name):
    """What becomes of the case in a program that makes the mistake of this name."""
    program = BUILD / "tests/chaos" / mistake.program
    if not program.exists():
        pytest.skip(f"{program} is not built: ninja {mistake.program}")
    own = {key: value for key, value in os.environ.items() if not key.startswith(("GTEST_", "TILTH_"))}
    done = subprocess.run([program, f"--gtest_filter={mistake.case}"], capture_output=True, text=True, check=False,
                          env={**own, "MUTANT": name})
    found = re.search(r"^\[  (?:     )?(OK|FAILED|SKIPPED) ?", done.stdout, re.MULTILINE)
    return found.group(1) if found else done.stdout[-2000:], done.stdout


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_backends_mistake_is_noticed(mistake, say):
    verdict, output = outcome(mistake, mistake.name)
    if verdict == "SKIPPED":
        pytest.skip(f"{mistake.program} has no server here")
    say(f"mistake {mistake.name}: {'noticed by ' + mistake.case if verdict == 'FAILED' else 'NOT NOTICED'}")
    assert verdict == "FAILED", output


@pytest.mark.parametrize("case", sorted({(one.program, one.case) for one in MISTAKES}), ids=lambda case: case[1])
def test_without_a_mistake_the_same_case_passes(case):
    verdict, output = outcome(Mistake("none", *case), "none")
    if verdict == "SKIPPED":
        pytest.skip(f"{case[0]} has no server here")
    assert verdict == "OK", output


ROUNDS = 5
"""A batch must be on its way at the moment of a kill: not every round has one."""


def round_with_the_mistake(seed):
    """What a round says that finds acknowledged messages missing; else None, and all that it said."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", HERE.parent / "chaos/test_chaos.py", "-k",
         "acknowledged_message", "--faults", "10", "--kinds", "kill", "--seed", str(seed)], capture_output=True, text=True,
        check=False, env={**own, "TILTH_BINARY": str(MUTANTS), "MUTANT": "acknowledged-before-commit", "CHAOS_PATIENCE": "30"})
    found = re.search(r"of \d+ readings \d+ are there, 0 records wait|[1-9]\d* acknowledged ones lost", done.stdout)
    return found.group(0) if done.returncode == 1 and found else None, done.stdout


@pytest.mark.skipif(not MUTANTS.exists() or not MUTANT_PLUGIN.exists(), reason=f"{MUTANTS} or its plugin is not built")
def test_routers_that_acknowledge_before_the_commit_are_noticed_by_a_round(seed, say):
    for more in range(ROUNDS):
        noticed, output = round_with_the_mistake(seed + more)
        if noticed:
            break
    say(f"mistake acknowledged-before-commit: {f'noticed by round {more + 1}: {noticed}' if noticed else 'NOT NOTICED'}")
    assert noticed, output
