"""The tables of guarantees name tests that exist, in every cell."""

import os
import re
import subprocess
import sys

import pytest
from places import HERE

ROOT = HERE.parent.parent
REFERENCE = re.compile(r"`([a-z_0-9]+)(?:::([a-z_0-9]+))?(?:\[([a-z_0-9-]+)\])?`")
NONE = ("there is none", "it is not journalled", "what its makers say")


@pytest.fixture(scope="module")
def cases():
    """Ids of all cases, such as tests/faults/test_disks.py::test_x[y]."""
    folders = [HERE.parent / name for name in ("faults", "identity", "crash")]
    own = {name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")}
    ids = []
    for folder in folders:
        done = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", folder],
                              capture_output=True, text=True, env=own, check=True)
        ids += [line for line in done.stdout.splitlines() if "::" in line]
    return ids


def rows(text):
    """Of the tables that speak of brokers: lists of cells, without the first column."""
    for line in text.splitlines():
        if re.match(r"\| (1, 2; |0 )", line):
            yield [cell.strip() for cell in line.strip("|").split("|")][1:]


def exists(reference, cases):
    file, name, parameter = reference
    of_file = [case for case in cases if f"/test_{file}.py::" in case]
    if not of_file:
        return any((ROOT / "src").rglob(f"{file}.cpp")) if name == "" else False
    return any(name in case.split("::")[1] and (not parameter or re.search(rf"\[.*\b{re.escape(parameter)}\b", case))
               for case in of_file)


@pytest.mark.parametrize("page", ["README.md", "docs/guarantees.md"])
def test_every_cell_names_a_test_that_exists(page, cases):
    table = list(rows((ROOT / page).read_text(encoding="utf-8")))
    assert len(table) == 5
    for row in table:
        for cell in row:
            references = REFERENCE.findall(cell)
            assert references or cell.startswith(NONE), f"{page}: no test is named: {cell}"
            assert not [reference for reference in references if not exists(reference, cases)], f"{page}: {cell}"
