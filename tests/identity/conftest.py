import contextlib
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent.parent / folder) for folder in ("faults", "crash")]

import places
from fixtures import *  # noqa: F403
from field import Field


@pytest.fixture(params=["plain", "plugin"])
def brokers(request):
    """Which broker a case runs with: Mosquitto alone, or with Tilth's plugin, which gives each message an id."""
    if request.param == "plugin" and not places.PLUGIN.exists():
        pytest.skip(f"{places.PLUGIN} is not built")
    return request.param


@pytest.fixture
def plugin_or_skip():
    if not places.PLUGIN.exists():
        pytest.skip(f"{places.PLUGIN} is not built")
    return "plugin"


@pytest.fixture
def open_field(request, tmp_path):
    """open_field(brokers): ends with the test."""
    with contextlib.ExitStack() as stack:
        def open_it(brokers, **options):
            field = Field(tmp_path, brokers, **options)
            stack.callback(field.end)
            return field

        yield open_it


@pytest.fixture
def field(open_field, brokers):
    return open_field(brokers)
