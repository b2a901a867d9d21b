"""A lab, as a scientist uses it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

from tilth.errors import NotFound, TilthError
from tilth.events import EventStream
from tilth.http import Http
from tilth.live import LiveSeries
from tilth.model import Datastream, Reading, Thing, datastream_of, reading_of, thing_of, time_text
from tilth.tables import columns_of, frame, pandas_module

Time = Union[datetime, str, None]
Texts = Union[str, Sequence[str], None]


def connect(url: str = "http://127.0.0.1:8080", token: Optional[str] = None, timeout: float = 60.0) -> "Lab":
    """Connects and makes sure that a lab answers. `token`: where the lab asks for one. `timeout`: seconds without a
    byte before a request is given up."""
    lab = Lab(Http(url, token, timeout))
    lab.about()
    return lab


class Lab:
    """Made by `connect`. Threads: may be shared."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def __repr__(self) -> str:
        return f"<tilth.Lab at {self._http.url}>"

    def about(self) -> Dict[str, Any]:
        """Name, version, site."""
        answer: Dict[str, Any] = self._http.get("/api/v1")
        if not isinstance(answer, dict) or "version" not in answer:
            raise TilthError(f"what answers at {self._http.url} is not a Tilth lab")
        return answer

    def status(self) -> Dict[str, Any]:
        """Roles, rates, counts, work in progress."""
        answer: Dict[str, Any] = self._http.get("/api/v1/status")
        return answer

    def things(self) -> List[Thing]:
        return [thing_of(wire) for wire in self._http.get("/api/v1/things")["things"]]

    def datastreams(
        self, thing: Optional[str] = None, property: Optional[str] = None, depth: Optional[float] = None
    ) -> List[Datastream]:
        """Those that fit all of what is given. `property`: its name or short name, such as vwc."""
        answer = self._http.get("/api/v1/datastreams", {"thing": thing, "property": property, "depth": depth})
        return [datastream_of(wire) for wire in answer["datastreams"]]

    def series(
        self,
        thing: Optional[str] = None,
        property: Optional[str] = None,
        depth: Optional[float] = None,
        *,
        datastream: Texts = None,
        start: Time = None,
        end: Time = None,
        every: Optional[str] = None,
        aggregate: Texts = None,
        flags: Texts = None,
        raw: bool = False,
        max_points: Optional[int] = None,
        live: bool = False,
        as_: str = "pandas",
    ) -> Any:
        """The readings of every datastream that fits, one below another.

        start, end    aware datetimes, RFC 3339, a date, "now", or "-7d"; [start, end); default all there is
        every         statistics by "hour", "day", "week", "month" or "15m", over good readings unless `flags` says
                      otherwise; `aggregate`: of mean min max sd count p10 p50 p90 sum
        flags         only these of good, not_evaluated, suspect, fail, missing
        raw           with what was sent, before unit and calibration
        max_points    down-sampled for a plot, every flagged reading kept
        live          gives a LiveSeries, whose frame() goes on growing
        as_           "pandas": indexed by time; "arrow": a table; "rows": a list of dictionaries

        Raises NotFound where nothing fits, Problem where the lab refuses.
        """
        names = [datastream] if isinstance(datastream, str) else list(datastream or ())
        if not names and thing is None and property is None and depth is None:
            raise ValueError("which series? Give a thing, a property, a depth or a datastream")
        if live and (every or max_points):
            raise ValueError("live=True gives readings as they are; leave out every and max_points")
        parameters = {
            "datastream": names or None,
            "thing": thing,
            "property": property,
            "depth": depth,
            "from": time_text(start),
            "to": time_text(end),
            "every": every,
            "aggregate": aggregate,
            "flags": flags,
            "raw": raw or None,
            "max_points": max_points,
        }
        if live:
            return LiveSeries(lambda: self._observations(parameters), self._stream, as_)
        return frame(columns_of(self._observations(parameters)["series"]), as_)

    def follow(
        self,
        thing: Optional[str] = None,
        property: Optional[str] = None,
        depth: Optional[float] = None,
        *,
        datastream: Texts = None,
        after: str = "",
    ) -> Iterator[Reading]:
        """Readings as they come in and are judged, for ever; with nothing given, those of the whole lab. A reading
        whose flag changes comes again. A broken connection is taken up where it broke."""
        names = [datastream] if isinstance(datastream, str) else list(datastream or ())
        if not names and (thing or property or depth is not None):
            names = [one.name for one in self._existing(thing, property, depth)]
        known = {one.id: one.name for one in self.datastreams()}
        for event in EventStream(self._http, names or None, after):
            if event.name != "observations":
                continue
            key = event.data["datastream"]
            if key not in known:
                known = {one.id: one.name for one in self.datastreams()}
            for row in event.data["rows"]:
                yield reading_of(known.get(key, key), row)

    def explain(self, datastream: str, time: Time) -> Dict[str, Any]:
        """Why a reading has its flag: tests, thresholds, what they saw."""
        answer: Dict[str, Any] = self._http.get(
            "/api/v1/explanations", {"datastream": datastream, "time": time_text(time)}
        )
        return answer

    def flag(self, datastream: str, start: Time, end: Time, flag: str, why: str) -> Dict[str, Any]:
        """Records your judgement of a stretch; values stay as they are."""
        body = {"datastream": datastream, "from": time_text(start), "to": time_text(end), "flag": flag, "why": why}
        answer: Dict[str, Any] = self._http.post("/api/v1/manual-flags", body)
        return answer

    def sql(self, query: str, max_rows: int = 100_000, as_: str = "pandas") -> Any:
        """Read-only SQL over observation, observation_good, hourly, daily, datastream, thing, dead_letter. Raises
        TilthError where there are more rows than `max_rows`: nothing is cut in silence."""
        answer = self._http.post("/api/v1/sql", {"query": query, "max_rows": max_rows})
        if answer["cut"]:
            raise TilthError(f"the query gives more than {max_rows} rows; narrow it, or raise max_rows (at most 100000)")
        names = [column["name"] for column in answer["columns"]]
        table: Dict[str, List[Any]] = {name: [row[i] for row in answer["rows"]] for i, name in enumerate(names)}
        if as_ != "pandas":
            return frame(table, as_)
        return pandas_module().DataFrame(table, columns=names)

    def save(self, path: str, thing: Optional[str] = None, property: Optional[str] = None, *, start: Time = None,
             end: Time = None, flags: Texts = None) -> int:
        """Writes the readings to a .csv or .parquet file; gives its size in bytes."""
        kind = path.rsplit(".", 1)[-1].lower()
        if kind not in ("csv", "parquet"):
            raise ValueError(f"{path!r} ends neither with .csv nor with .parquet")
        body = self._http.get_bytes("/api/v1/observations", {
            "thing": thing, "property": property, "from": time_text(start), "to": time_text(end), "flags": flags,
            "format": kind,
        })
        with open(path, "wb") as file:
            return file.write(body)

    def _existing(self, thing: Optional[str], property: Optional[str], depth: Optional[float]) -> List[Datastream]:
        found = self.datastreams(thing, property, depth)
        if not found:
            wanted = ", ".join(str(part) for part in (thing, property, depth) if part is not None)
            raise NotFound(f"the lab has no datastream that fits {wanted}; see lab.datastreams()")
        return found

    def _observations(self, parameters: Dict[str, Any]) -> Dict[str, Any]:
        answer: Dict[str, Any] = self._http.get("/api/v1/observations", parameters)
        if not answer["series"]:
            self._existing(parameters["thing"], parameters["property"], parameters["depth"])
        return answer

    def _stream(self, token: str, datastreams: List[str]) -> EventStream:
        return EventStream(self._http, datastreams, token)


