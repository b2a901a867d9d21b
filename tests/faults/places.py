"""Where the programs under test and the libraries that are preloaded into them lie."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
TILTH = pathlib.Path(os.environ["TILTH_BINARY"])
BUILD = TILTH.parent.parent if TILTH.parent.name == "app" else TILTH.parent.parent.parent
UNSYNCED = BUILD / "tests/faults/libtilth_unsynced.so"
SHIFTED_CLOCK = BUILD / "tests/faults/libtilth_shifted_clock.so"
CAREFUL = BUILD / "tests/faults/tilth_careful"
MUTANTS = BUILD / "tests/faults/tilth_mutants"


sys.path.insert(0, str(HERE.parent / "crash"))
