"""Messages that speak of one device at one time are one reading. Which one depends neither on the order in which they
come nor on restarts in between; where they contradict each other, it says so."""

import json

import pytest

TIME = "2025-01-01T00:00:00Z"


def message(value, **more):
    return json.dumps({"device": "twice", "time": TIME, "vwc_5cm": value, **more}).encode()


def reading_of(field, payloads):
    """The one reading that is made of them, after restarts of lab and broker between them: its value, and whether it is
    said to be in conflict."""
    for payload in payloads:
        field.publish(payload)
        field.settle()
        field.restart_lab()
        field.restart_broker()
    assert [field.stored(payload) for payload in payloads] == [1] * len(payloads)
    (series,) = field.lab.get("/api/v1/observations?thing=twice")["series"]
    (row,) = series["rows"]
    one = dict(zip(series["columns"], row, strict=True))
    return one["value"], "conflict" in one["tests"]


in_either_order = pytest.mark.parametrize("order", [1, -1], ids=["rising", "falling"])


@in_either_order
def test_the_higher_number_of_its_publisher_counts(field, order):
    assert reading_of(field, [message(0.21, seq=1), message(0.25, seq=2)][::order]) == (0.25, True)


@in_either_order
def test_without_numbers_the_bytes_decide(field, order):
    assert reading_of(field, [message(0.21), message(0.25)][::order]) == (0.21, True)


def test_the_same_value_again_is_no_conflict(field):
    assert reading_of(field, [message(0.21, seq=1), message(0.21, seq=2)]) == (0.21, False)
