"""Where the programs under test and the libraries that are preloaded into them lie."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
TILTH = pathlib.Path(os.environ["TILTH_BINARY"])
BUILD = TILTH.parent.parent if TILTH.parent.name == "app" else TILTH.parent.parent.parent
UNSYNCED = BUILD / "tests/faults/libtilth_unsynced.so"
FAILING_DISK = BUILD / "tests/faults/libtilth_failing_disk.so"
SHIFTED_CLOCK = BUILD / "tests/faults/libtilth_shifted_clock.so"
CAREFUL = BUILD / "tests/faults/tilth_careful"
MUTANTS = BUILD / "tests/faults/tilth_mutants"

PLUGIN = BUILD / "lib/tilth/tilth_mosquitto.so"
MUTANT_PLUGIN = BUILD / "tests/faults/tilth_mosquitto_mutants.so"

sys.path.insert(0, str(HERE.parent / "crash"))


def plugin_lines(folder, sync="always", **options):
    """Of the mosquitto.conf of a broker in `folder`, with Tilth's plugin. The plugin is the one with mistakes where the
    environment names one of them."""
    plugin = MUTANT_PLUGIN if "MUTANT" in os.environ else PLUGIN
    chosen = {"journal": folder / "journal", "database": folder / "mosquitto.db", "sync": sync, "access": "open"}
    lines = (f"plugin_opt_{name} {value}\n" for name, value in {**chosen, **options}.items())
    return f"autosave_interval 10\nplugin {plugin}\n" + "".join(lines)  # as `tilth up` has it
