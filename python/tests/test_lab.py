import math
from datetime import datetime, timedelta, timezone

import pytest

import tilth

pandas = pytest.importorskip("pandas")


def asked(stand_in, path):
    return [query for where, query, _ in stand_in.requests if where == path][-1]


def test_things_have_places_states_and_times(lab):
    (thing,) = lab.things()
    assert (thing.name, thing.latitude, thing.state, thing.emulated) == ("node-01", 51.5, "live", True)
    assert thing.last_time == datetime(2025, 5, 1, 6, 0, 2, tzinfo=timezone.utc)
    assert thing.battery_percent == 87


def test_datastreams_keep_their_long_ids(lab):
    (stream,) = lab.datastreams(property="soil_temp")
    assert stream.id == "4611686018427387904"
    assert (stream.depth, stream.unit) == (0.05, "Cel")


def test_a_series_is_a_frame_with_every_flag(lab):
    frame = lab.series("node-01", "soil_temperature", depth=0.05)
    assert list(frame.columns) == ["thing", "property", "depth", "unit", "value", "flag", "tests"]
    assert list(frame["flag"]) == ["good", "fail", "missing"]
    assert frame["tests"].iloc[1] == "gross_range|spike"
    assert math.isnan(frame["value"].iloc[2])
    assert str(frame.index.tz) == "UTC"


def test_a_row_that_marks_a_gap_is_no_reading(lab):
    assert len(lab.series("node-01")) == 3


def test_times_keep_their_microseconds(lab):
    assert lab.series("node-01").index[1].microsecond == 250


def test_what_is_asked_is_what_was_said(lab, stand_in):
    start = datetime(2025, 5, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    lab.series("node-01", "vwc", depth=0.05, start=start, end="now", flags=["good", "fail"], raw=True, max_points=400)
    assert asked(stand_in, "/api/v1/observations") == {
        "thing": ["node-01"], "property": ["vwc"], "depth": ["0.05"], "from": ["2025-05-01T06:00:00Z"], "to": ["now"],
        "flags": ["good,fail"], "raw": ["true"], "max_points": ["400"],
    }


def test_raw_values_stand_beside_the_others(lab):
    assert list(lab.series("node-01", raw=True)["raw_value"]) == [1, 1, 1]


def test_statistics_have_the_columns_asked_for(lab):
    frame = lab.series("node-01", every="day", aggregate=["mean", "max"])
    assert list(frame.columns[-2:]) == ["mean", "max"]
    assert frame["max"].iloc[0] == 12.5


def test_a_naive_time_is_refused_not_guessed(lab):
    with pytest.raises(ValueError, match="no time zone"):
        lab.series("node-01", start=datetime(2025, 5, 1))


def test_a_series_without_any_choice_is_refused(lab):
    with pytest.raises(ValueError, match="which series"):
        lab.series()


def test_what_is_not_there_is_said(lab):
    with pytest.raises(tilth.NotFound, match="node-99"):
        lab.series("node-99", "soil_temperature")


def test_rows_need_no_other_package(lab):
    rows = lab.series("node-01", as_="rows")
    assert rows[0]["value"] == 12.3 and rows[0]["flag"] == "good"
    with pytest.raises(ValueError, match="none of"):
        lab.series("node-01", as_="excel")


def test_an_arrow_table_has_microseconds_in_utc(lab):
    pyarrow = pytest.importorskip("pyarrow")
    table = lab.series("node-01", as_="arrow")
    assert table.schema.field("time").type == pyarrow.timestamp("us", "UTC")
    assert table.num_rows == 3


def test_sql_gives_a_frame_and_never_cuts_in_silence(lab):
    assert list(lab.sql("SELECT …")["thing"]) == ["node-01", "node-02"]
    with pytest.raises(tilth.TilthError, match="more than 1 rows"):
        lab.sql("SELECT …", max_rows=1)


def test_a_flag_says_what_when_and_why(lab, stand_in):
    lab.flag("node-01/soil_temperature@0.05m", "2025-05-01", "2025-05-02", "fail", "pulled out")
    assert asked(stand_in, "/api/v1/manual-flags") == {
        "datastream": "node-01/soil_temperature@0.05m", "from": "2025-05-01", "to": "2025-05-02", "flag": "fail",
        "why": "pulled out",
    }


def test_a_problem_document_becomes_an_exception_with_its_sentence(lab, stand_in):
    stand_in.problem = {"type": "urn:tilth:problem:bad-input", "title": "Bad input", "status": 400, "detail": "x is no time"}
    with pytest.raises(tilth.Problem, match="Bad input: x is no time") as caught:
        lab.things()
    assert (caught.value.status, caught.value.kind) == (400, "bad-input")


def test_a_token_is_sent(stand_in):
    tilth.connect(stand_in.url, token="secret")
    assert stand_in.requests[-1][2]["Authorization"] == "Bearer secret"


def test_nobody_there_is_said(unused_port):
    with pytest.raises(tilth.Unreachable, match="tilth up"):
        tilth.connect(f"http://127.0.0.1:{unused_port}")


def test_what_is_no_address_is_said():
    with pytest.raises(tilth.TilthError, match="not an address"):
        tilth.connect("localhost:8080")


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
