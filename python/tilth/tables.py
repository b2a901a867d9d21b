"""Answers as tables: pandas where it is wanted and installed, Arrow, or plain lists of dictionaries."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from tilth.errors import TilthError
from tilth.model import is_gap, number, parse_time

TIME_COLUMNS = ("time", "last_time")


def columns_of(series: Sequence[Mapping[str, Any]]) -> Dict[str, List[Any]]:
    """The series of an answer below each other; who they are stands in thing, property, depth and unit."""
    table: Dict[str, List[Any]] = {}
    for one in series:
        about = one["datastream"]
        names = one["columns"]
        for row in one["rows"]:
            if "every" not in one and is_gap(row):
                continue
            _add(table, "time", parse_time(row[0]))
            for key in ("thing", "property", "depth", "unit"):
                _add(table, key, about[key])
            for name, cell in zip(names[1:], row[1:]):
                _add(table, name, _cell(name, cell))
    if not table:
        names = series[0]["columns"] if series else ["time", "value", "flag", "tests"]
        table = {name: [] for name in ["time", "thing", "property", "depth", "unit", *names[1:]]}
    return table


def _add(table: Dict[str, List[Any]], name: str, cell: Any) -> None:
    table.setdefault(name, []).append(cell)


def _cell(name: str, cell: Any) -> Any:
    if name == "tests":
        return "|".join(cell or ())
    if name == "flag":
        return cell
    return number(cell)


def frame(table: Dict[str, List[Any]], form: str) -> Any:
    """`form`: pandas, arrow or rows."""
    if form == "pandas":
        return _pandas(table)
    if form == "arrow":
        return _arrow(table)
    if form == "rows":
        names = list(table)
        return [dict(zip(names, cells)) for cells in zip(*table.values())]
    raise ValueError(f"as_={form!r} is none of 'pandas', 'arrow', 'rows'")


def pandas_module() -> Any:
    """pandas, or a TilthError that says how to do without it."""
    try:
        import pandas
    except ImportError as error:
        raise TilthError("pandas is not installed: pip install pandas, or ask for as_='rows'") from error
    return pandas


def _pandas(table: Dict[str, List[Any]]) -> Any:
    pandas = pandas_module()
    result = pandas.DataFrame(table)
    if "time" in table:
        result["time"] = pandas.to_datetime(result["time"], utc=True)
        result = result.set_index("time").sort_index(kind="stable")
    return result


def _arrow(table: Dict[str, List[Any]]) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise TilthError("pyarrow is not installed: pip install pyarrow, or ask for as_='rows'") from error
    columns = {}
    for name, cells in table.items():
        kind = pyarrow.timestamp("us", "UTC") if name in TIME_COLUMNS else None
        if name in ("depth", "value", "raw_value"):
            kind = pyarrow.float64()
        columns[name] = pyarrow.array(cells, type=kind)
    return pyarrow.table(columns)
