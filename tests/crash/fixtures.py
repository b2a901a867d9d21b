"""What pytest offers to the tests of crash/, faults/ and identity/; each folder's conftest.py takes it over."""

import contextlib
import os
import pathlib
import random
import shutil
import tempfile

import pytest
from scene import Scene


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, help="how often something is killed (default: by folder)")
    parser.addoption("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of everything random")
    parser.addoption("--keep", action="store_true", help="keep data, ledgers and logs also when nothing failed")


def pytest_configure(config):
    config.evidence = pathlib.Path(tempfile.mkdtemp(prefix="tilth-crash-"))
    config.figures = []


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    for figure in config.figures:
        terminalreporter.write_line(figure)
    terminalreporter.write_line(f"seed {config.getoption('seed')}")
    if exitstatus != 0 or config.getoption("keep"):
        terminalreporter.write_line(f"data, ledgers and logs are kept in {config.evidence}")
    else:
        shutil.rmtree(config.evidence)


@pytest.fixture(scope="session")
def say(request):
    """say(text): is printed at the end of the run."""
    return request.config.figures.append


def kills_fixture(quick, long):
    """A fixture `kills`: what was asked for, or `quick`, or `long` where TILTH_LONG_TESTS is set."""

    @pytest.fixture(scope="session")
    def kills(request):
        return request.config.getoption("kills") or (long if os.environ.get("TILTH_LONG_TESTS") else quick)

    return kills


@pytest.fixture(scope="session")
def seed(request):
    return request.config.getoption("seed")


@pytest.fixture(scope="session")
def open_scene(request, seed):
    """open_scene(name, ...): a scene that ends with its `with` block."""

    @contextlib.contextmanager
    def open_it(name, **options):
        scene = Scene(request.config.evidence / name, seed, **options)
        try:
            yield scene
        finally:
            scene.end()

    return open_it
