"""The way from the publisher to the broker: what happens to one message when the link or the broker ends at a step of
QoS 1 or 2, and the publisher goes on as MQTT wants it."""

import pytest
from gate import PUBACK, PUBREC
from sender import Sender


@pytest.fixture
def sender(field):
    one = Sender(field.broker)
    one.connect()
    yield one
    one.close()


def after_publish(sender, payload):
    """The link breaks before the answer to PUBLISH is read; the message goes out again with DUP."""
    sender.publish(payload, 2)
    sender.receive(PUBREC)
    return lambda: sender.finish(payload, 2)


def after_pubrec(sender, payload):
    sender.publish(payload, 2)
    sender.receive(PUBREC)
    return sender.complete


def after_pubrel(sender, payload):
    """PUBREL goes out again, because PUBCOMP was not read."""
    sender.publish(payload, 2)
    sender.receive(PUBREC)
    sender.complete()
    return sender.complete


STEPS = [after_publish, after_pubrec, after_pubrel]


@pytest.mark.parametrize("step", STEPS)
def test_a_link_that_breaks_at_any_step_of_qos_2_makes_no_second_message(field, sender, step):
    payload = field.bare()
    go_on = step(sender, payload)
    assert sender.connect(), "the broker has lost the session"
    go_on()
    field.settle()
    assert field.stored(payload) == 1
    assert field.readings("bare") == 1


@pytest.mark.parametrize("step", [after_pubrec, after_pubrel])
def test_a_broker_that_is_killed_after_pubrec_has_the_message_once(open_field, plugin_or_skip, step):
    """The lab is away when the broker ends, so that nobody else has it. Without the plugin it may be lost:
    tests/faults/test_all_killed.py."""
    field = open_field(plugin_or_skip)
    sender = Sender(field.broker)
    sender.connect()
    field.gate.close()
    payload = field.bare()
    go_on = step(sender, payload)
    field.restart_broker(kill=True)
    field.gate.reopen()
    sender.connect()
    go_on()
    field.settle()
    sender.close()
    assert field.stored(payload) == 1
    assert field.readings("bare") == 1


@pytest.mark.parametrize("qos", [1, 2])
def test_a_publisher_that_got_no_answer_from_a_killed_broker_sends_a_second_message(open_field, plugin_or_skip, qos):
    """The broker had the message, and its publisher cannot know. Also with QoS 2: the broker's memory of the publisher's
    packet ids ended with it. One with a time is still one reading."""
    field = open_field(plugin_or_skip)
    sender = Sender(field.broker)
    sender.connect()
    bare = field.bare()
    timed = b'{"device": "timed", "time": "2025-01-01T00:00:00Z", "vwc_5cm": 0.21}'
    for payload in (bare, timed):
        sender.publish(payload, qos)
        sender.receive(PUBREC if qos == 2 else PUBACK)  # the broker has it; the publisher does not know that
        field.restart_broker(kill=True)
        field.wait_stored(payload)
        sender.connect()
        sender.finish(payload, qos)
    field.settle()
    sender.close()
    assert (field.stored(bare), field.readings("bare")) == (2, 2)
    assert (field.stored(timed), field.readings("timed")) == (2, 1)
