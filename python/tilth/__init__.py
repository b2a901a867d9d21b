"""Client of a Tilth lab.

>>> import tilth
>>> lab = tilth.connect("http://127.0.0.1:8080")
>>> lab.series("node-01", "soil_temperature", depth=0.05, start="-7d")
"""

from tilth.errors import NotFound, Problem, TilthError, Unreachable
from tilth.lab import Lab, connect
from tilth.live import LiveSeries
from tilth.model import Datastream, Reading, Thing

__all__ = [
    "connect",
    "Lab",
    "LiveSeries",
    "Thing",
    "Datastream",
    "Reading",
    "TilthError",
    "Problem",
    "NotFound",
    "Unreachable",
]
__version__ = "0.1.0"
