"""What a publisher sends twice is two messages: both are kept, and whether they are one reading is in the payload."""

import pytest


@pytest.mark.parametrize("qos", [1, 2])
def test_with_its_own_time_it_counts_once(field, qos):
    payload = b'{"device": "timed", "time": "2025-01-01T00:00:00Z", "vwc_5cm": 0.21}'
    field.publish(payload, qos)
    field.publish(payload, qos)
    field.settle()
    assert field.stored(payload) == 2
    assert field.readings("timed") == 1


@pytest.mark.parametrize("qos", [1, 2])
def test_without_time_and_number_it_counts_twice(field, qos):
    """Nothing tells it from a second reading of the same value, which is as likely."""
    payload = field.bare(5.1)
    field.publish(payload, qos)
    field.publish(payload, qos)
    field.settle()
    assert field.stored(payload) == 2
    assert field.readings("bare") == 2


def test_the_same_bytes_on_purpose_count_each_time_over_restarts_of_the_lab(field):
    payload = field.bare(5.1)
    for _ in range(3):
        field.publish(payload)
        field.settle()
        field.restart_lab()
    assert field.stored(payload) == 3
    assert field.readings("bare") == 3


@pytest.mark.parametrize(("payload", "readings"), [
    (b'{"device": "retained", "time": "2025-01-01T00:00:00Z", "vwc_5cm": 0.21}', 1),
    (b'{"name": "retained", "value": 5.1}', 0),
], ids=["with-time", "without-time"])
def test_a_retained_message_counts_by_its_own_time_over_restarts_of_lab_and_broker(field, payload, readings):
    """Nobody knows when a retained message without its own time was measured: it is kept, and makes no reading. A broker
    that has lost the subscription hands it out again when the lab renews it: with the plugin's id it is not stored
    again."""
    field.publish(payload, retain=True)
    field.settle()
    field.restart_lab()
    field.settle()
    field.restart_broker()
    field.settle()
    assert field.stored(payload) == 1 if field.has_ids else 1 <= field.stored(payload) <= 2
    assert field.readings("retained") == readings


def test_an_id_that_a_publisher_sets_does_not_make_two_messages_one(field):
    """A broker without the plugin passes the publisher's properties on."""
    if not field.has_ids:
        pytest.skip("only the plugin removes a publisher's properties; see test_without_the_plugin.py")
    first, second = field.bare(), field.bare()
    for payload in (first, second):
        field.publish(payload, user_properties=[("tilth-id", "chosen-by-me"), ("tilth-arrival", "1")])
    field.settle()
    assert (field.stored(first), field.stored(second)) == (1, 1)
    assert field.readings("bare") == 2
