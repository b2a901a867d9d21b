"""A series that goes on: history once, then every change, in one table."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, Mapping, Optional

from tilth.errors import TilthError
from tilth.events import Event, EventStream
from tilth.model import parse_time
from tilth.tables import columns_of, frame

Read = Callable[[], Mapping[str, Any]]


class LiveSeries:
    """What `Lab.series(..., live=True)` gives. `frame()` is the table as of now; it grows and is corrected in a
    thread of its own. Close it, or use it in a `with`.

    Threads: `frame`, `wait` and `close` may be called from any.
    """

    def __init__(self, read: Read, open_stream: Callable[[str, List[str]], EventStream], form: str) -> None:
        self._read = read
        self._form = form
        self._changed = threading.Condition()
        self._version = 0
        self._seen = 0  # what frame() or wait() has told of
        self._problem: Optional[TilthError] = None
        answer = read()
        self._series: Dict[str, Dict[str, Any]] = {}
        self._take(answer)
        self._stream = open_stream(str(answer["token"]), list(self._series))
        self._thread = threading.Thread(target=self._run, name="tilth-live", daemon=True)
        self._thread.start()

    def frame(self) -> Any:
        """The table as of now."""
        with self._changed:
            if self._problem is not None:
                raise self._problem
            self._seen = self._version
            return frame(columns_of(list(self._series.values())), self._form)

    def wait(self, timeout: float = 60.0) -> bool:
        """Waits for a change that neither frame() nor wait() has told of; False: none came in time."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._version != self._seen or self._problem is not None, timeout)
            self._seen = self._version
            return came

    def close(self) -> None:
        self._stream.stop()

    def __enter__(self) -> "LiveSeries":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, answer: Mapping[str, Any]) -> None:
        self._series = {one["datastream"]["id"]: dict(one) for one in answer["series"]}

    def _run(self) -> None:
        try:
            for event in self._stream:
                self._apply(event)
        except TilthError as problem:
            with self._changed:
                self._problem = problem
                self._changed.notify_all()

    def _apply(self, event: Event) -> None:
        if event.name in ("changed", "reset"):
            answer = self._read()
            with self._changed:
                self._take(answer)
                self._notify()
        elif event.name == "observations":
            with self._changed:
                series = self._series.get(event.data["datastream"])
                if series is not None:
                    series["rows"] = replaced(series["rows"], event.data, len(series["columns"]))
                    self._notify()

    def _notify(self) -> None:
        self._version += 1
        self._changed.notify_all()


def replaced(rows: List[List[Any]], change: Mapping[str, Any], width: int) -> List[List[Any]]:
    """The rows with those in [from, to) of the change replaced by its own; in time order."""
    start, end = parse_time(change["from"]), parse_time(change["to"])
    if rows and parse_time(rows[-1][0]) < start:
        return rows + [row[:width] for row in change["rows"]]
    before = [row for row in rows if parse_time(row[0]) < start]
    after = [row for row in rows if parse_time(row[0]) >= end]
    return before + [row[:width] for row in change["rows"]] + after
