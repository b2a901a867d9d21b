"""The things of a lab. Times are aware datetimes in UTC, depths metres positive down, missing values NaN or None."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Sequence, Tuple

GOOD = ("good", "not_evaluated")


@dataclass(frozen=True)
class Thing:
    """A node or logger."""

    name: str
    description: str
    latitude: Optional[float]
    longitude: Optional[float]
    state: str
    """live, late or silent, when asked."""
    last_time: Optional[datetime]
    battery_percent: Optional[float]
    emulated: bool
    registered_itself: bool


@dataclass(frozen=True)
class Datastream:
    """One property of one sensor at one depth."""

    id: str
    name: str
    thing: str
    property: str
    title: str
    depth: Optional[float]
    label: str
    unit: str
    """UCUM; empty: not declared."""
    sensor: str
    derived: bool
    emulated: bool
    registered_itself: bool
    state: str


@dataclass(frozen=True)
class Reading:
    """One reading, judged."""

    datastream: str
    time: datetime
    value: float
    flag: str
    """good, not_evaluated, suspect, fail or missing."""
    tests: Tuple[str, ...]
    """Names of the tests that objected."""
    raw_value: float
    """As sent, before unit and calibration; NaN where it was not asked for."""


def parse_time(text: str) -> datetime:
    """RFC 3339 to an aware datetime, with up to six digits of a second."""
    body = text[:-1] if text.endswith("Z") else text
    if "." in body:
        head, fraction = body.split(".")
        body = f"{head}.{fraction[:6]:0<6}"
    return datetime.fromisoformat(body).replace(tzinfo=timezone.utc)


def time_text(time: Any) -> Optional[str]:
    """What a request takes: a datetime (a naive one is refused, never guessed), or text as it is."""
    if time is None or isinstance(time, str):
        return time
    if not isinstance(time, datetime):
        return str(time)
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no time zone; add one, such as tzinfo=datetime.timezone.utc")
    return time.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def number(value: Optional[float]) -> float:
    return math.nan if value is None else float(value)


def is_gap(row: Sequence[Any]) -> bool:
    """A row without value and flag marks a stretch without data."""
    return row[1] is None and row[2] is None


def reading_of(datastream: str, row: Sequence[Any]) -> Reading:
    raw = number(row[4]) if len(row) > 4 else math.nan
    return Reading(datastream, parse_time(row[0]), number(row[1]), row[2], tuple(row[3] or ()), raw)


def thing_of(wire: Mapping[str, Any]) -> Thing:
    location = wire.get("location") or {}
    last = wire.get("last_time")
    return Thing(
        name=wire["name"],
        description=wire.get("description", ""),
        latitude=location.get("latitude"),
        longitude=location.get("longitude"),
        state=wire["state"],
        last_time=parse_time(last) if last else None,
        battery_percent=(wire.get("battery") or {}).get("percent"),
        emulated=wire["emulated"],
        registered_itself=wire["registered_itself"],
    )


def datastream_of(wire: Mapping[str, Any]) -> Datastream:
    names = ("id", "name", "thing", "property", "title", "depth", "label", "unit", "sensor", "derived", "emulated")
    return Datastream(
        **{name: wire[name] for name in names}, registered_itself=wire["registered_itself"], state=wire["state"]
    )
