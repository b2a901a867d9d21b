import places  # noqa: F401, puts the modules of tests/crash within reach
from fixtures import *  # noqa: F403
from fixtures import kills_fixture

kills = kills_fixture(quick=20, long=100)
