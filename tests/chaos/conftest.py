import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).parents[1]
sys.path[1:1] = [str(TESTS / "crash"), str(TESTS / "faults")]

import fixtures  # noqa: E402
import servers  # noqa: E402
from fixtures import *  # noqa: E402, F403


def pytest_addoption(parser):
    fixtures.pytest_addoption(parser)
    parser.addoption("--faults", type=int, help="how many faults (default: 30, or 300 where TILTH_LONG_TESTS is set)")
    parser.addoption("--kinds", help="only faults of these kinds, by commas (plan.py)")


def pytest_configure(config):
    fixtures.pytest_configure(config)
    config.evidence.chmod(0o755)  # PostgreSQL runs as another user


@pytest.fixture(scope="session")
def faults(request):
    return request.config.getoption("faults") or (300 if os.environ.get("TILTH_LONG_TESTS") else 30)


@pytest.fixture(scope="module")
def stores(request):
    """A MongoDB-compatible server and PostgreSQL, of this file's tests alone."""
    if not servers.FERRETDB.exists() or not servers.POSTGRESQL.exists():
        pytest.skip("no MongoDB-compatible server, or no PostgreSQL")
    folder = request.config.evidence / request.module.__name__
    folder.mkdir()
    folder.chmod(0o755)
    mongodb, postgresql = servers.Ferretdb(folder / "mongodb"), servers.Postgresql(folder / "postgresql")
    yield mongodb, postgresql
    postgresql.end()
    mongodb.end()
