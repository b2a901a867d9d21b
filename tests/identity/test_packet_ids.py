"""Packet ids come round after 65,535 messages."""

import pytest
from flood import ALL_IDS, flood
from gate import PUBLISH

TOPIC = "field/flood"


@pytest.fixture
def field(open_field, brokers):
    """65,535 syncs would take a while, and have nothing to do with ids."""
    return open_field(brokers, sync="interval")


@pytest.fixture
def used_up(field):
    """The broker has used every packet id once, for messages of the same bytes; the lab has stored them all."""
    field.gate.remembers = False
    payload = field.bare(5.1)
    flood(field.broker.port, TOPIC, [payload] * ALL_IDS, ALL_IDS)
    field.wait_stored(payload, ALL_IDS, seconds=120)
    return payload


def test_an_id_that_comes_again_with_other_bytes_is_another_message(field, used_up):
    other = field.bare(7.3)
    field.publish(other)
    field.settle()
    assert field.stored(other) == 1
    field.publish(used_up, topic=TOPIC)
    field.settle()
    assert field.stored(used_up) == ALL_IDS + 1


def test_an_id_that_comes_again_with_the_same_bytes_in_a_redelivery(field, used_up):
    """The message is on its way under an id that the same bytes had before, and is lost with the link. To a lab that has no
    ids from the broker it looks like a redelivery of the one before: it is counted once too few. This is the limit of
    doing without the plugin; it takes equal bytes, an equal packet id and a broken link at once, and a payload with a time
    or a number never meets it."""
    loss = field.gate.lose("broker", PUBLISH)
    field.publish(used_up, topic=TOPIC)
    assert loss.happened.wait(30)
    field.settle()
    assert field.stored(used_up) == ALL_IDS + (1 if field.has_ids else 0)
