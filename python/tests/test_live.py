import itertools
import json
import time

import pytest

from tilth.events import parse_events
from tilth.live import replaced

ID = "4611686018427387904"


def event(name, data):
    return f"event: {name}\ndata: {json.dumps(data)}"


def observations(start, end, *rows):
    return event("observations", {"datastream": ID, "from": start, "to": end, "rows": list(rows)})


NEW = observations("2025-05-01T12:10:00Z", "2025-05-01T12:10:00.000001Z", ["2025-05-01T12:10:00Z", 12.4, "good", [], 2124.0])
NEWER = observations("2025-05-01T12:15:00Z", "2025-05-01T12:15:00.000001Z", ["2025-05-01T12:15:00Z", 12.5, "suspect", ["spike"], 2125.0])


def test_events_are_read_as_the_standard_says():
    ids = []
    lines = ["event: a", 'data: {"x":', "data:1}", "", ": comment", "", "id: 7", "", "data: {}", ""]
    events = list(parse_events(lines, ids.append))
    assert [(e.name, e.data) for e in events] == [("a", {"x": 1}), ("message", {})]
    assert ids == ["7"]


def test_readings_come_with_the_name_of_their_series(lab, stand_in):
    stand_in.events = [[NEW, NEWER]]
    first, second = itertools.islice(lab.follow("node-01", "soil_temperature"), 2)
    assert (first.datastream, first.value, first.raw_value) == ("node-01/soil_temperature@0.05m", 12.4, 2124)
    assert (second.flag, second.tests) == ("suspect", ("spike",))


def test_a_broken_stream_is_taken_up_where_it_broke(lab, stand_in):
    stand_in.events = [[NEW, "id: 4712"], [NEWER]]
    readings = list(itertools.islice(lab.follow("node-01"), 2))
    assert [r.value for r in readings] == [12.4, 12.5]
    resumed = [headers for path, _, headers in stand_in.requests if path == "/api/v1/events"][1]
    assert {name.lower(): value for name, value in resumed.items()}["last-event-id"] == "4712"


@pytest.mark.filterwarnings("ignore")
def test_a_live_series_is_history_and_what_comes(lab, stand_in):
    pytest.importorskip("pandas")
    stand_in.events = [[NEW]]
    with lab.series("node-01", "soil_temperature", live=True) as series:
        while len(series.frame()) < 4:
            assert series.wait(10)
        assert list(series.frame()["value"])[-1] == 12.4
    asked = [query for path, query, _ in stand_in.requests if path == "/api/v1/events"][0]
    assert asked == {"datastreams": [ID], "after": ["4711"]}


def test_a_change_between_a_look_and_a_wait_is_not_waited_for(lab, stand_in):
    stand_in.events = [[NEW]]
    with lab.series("node-01", "soil_temperature", live=True, as_="rows") as series:
        before = len(series.frame())
        while series._version == 0:
            time.sleep(0.01)
        assert series.wait(10)
        assert len(series.frame()) == before + 1
        assert not series.wait(0.05)


def test_a_change_replaces_exactly_its_stretch():
    rows = [["2025-05-01T00:00:00Z", 1], ["2025-05-01T01:00:00Z", 2], ["2025-05-01T02:00:00Z", 3]]
    change = {"from": "2025-05-01T01:00:00Z", "to": "2025-05-01T02:00:00Z", "rows": [["2025-05-01T01:30:00Z", 9, "x"]]}
    assert [row[1] for row in replaced(rows, change, 2)] == [1, 9, 3]
    assert replaced(rows, {**change, "rows": []}, 2) == [rows[0], rows[2]]


def test_a_change_at_the_end_is_appended():
    rows = [["2025-05-01T00:00:00Z", 1]]
    change = {"from": "2025-05-01T01:00:00Z", "to": "2025-05-01T02:00:00Z", "rows": [["2025-05-01T01:30:00Z", 9, "good", [], 4.0]]}
    assert replaced(rows, change, 4) == [rows[0], ["2025-05-01T01:30:00Z", 9, "good", []]]
