"""Live updates: server-sent events, resumed where they broke."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence

from tilth.errors import Unreachable
from tilth.http import Http

SILENCE_SECONDS = 45.0
"""The server says something every 15 s; three times that means that the connection is dead."""


@dataclass(frozen=True)
class Event:
    name: str
    data: Dict[str, Any]


def parse_events(lines: Iterable[str], on_id: Any) -> Iterator[Event]:
    """The event-stream format of the HTML standard. A block with an id alone moves the place, without an event."""
    name = "message"
    data: List[str] = []
    last_id: Optional[str] = None
    for line in lines:
        if line == "":
            if last_id is not None:
                on_id(last_id)
            if data:
                yield Event(name, json.loads("\n".join(data)))
            name, data, last_id = "message", [], None
            continue
        if line.startswith(":"):
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            last_id = value


class EventStream:
    """Iterates for ever, reconnecting; `stop` ends it at the next line. One thread iterates, any may stop."""

    def __init__(self, http: Http, datastreams: Optional[Sequence[str]], after: str = "") -> None:
        self._http = http
        self._parameters = {"datastreams": list(datastreams) if datastreams else None, "after": after or None}
        self._last_id = ""
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def __iter__(self) -> Iterator[Event]:
        wait = 0.2
        ever = False
        while not self._stopped.is_set():
            try:
                for event in parse_events(self._lines(), self._remember):
                    ever, wait = True, 0.2
                    yield event
            except Unreachable:
                if not ever and wait > 3:
                    raise
            if self._stopped.wait(wait):
                return
            wait = min(5.0, wait * 2)

    def _lines(self) -> Iterator[str]:
        lines = self._http.lines("/api/v1/events", self._parameters, self._last_id, SILENCE_SECONDS)
        for line in lines:
            if self._stopped.is_set():
                return
            yield line

    def _remember(self, last_id: str) -> None:
        self._last_id = last_id
