from fixtures import *  # noqa: F403
from fixtures import kills_fixture

kills = kills_fixture(quick=50, long=200)
